export { createApp } from './app';
export { apiConfig } from './config';
export type { Route } from './http/route';
export { ROUTES } from './routes';
