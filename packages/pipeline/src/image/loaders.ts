import sharp from 'sharp';

/**
 * What libvips may open in this process: everything is blocked (SVG, PDF, ImageMagick, …), then the loaders behind
 * `INPUT_FORMATS` are let in. Importing this file is what arms it; the cache goes as well, results are never read twice.
 */
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadJpeg',
    'VipsForeignLoadPng',
    'VipsForeignLoadWebp',
    'VipsForeignLoadTiff',
    'VipsForeignLoadHeif',
    'VipsForeignLoadNsgif',
  ],
});
sharp.cache(false);

export { sharp };
