# The worker on NVIDIA GPUs, for x86-64. It needs a driver for CUDA 13 (580 or newer) and the NVIDIA container toolkit.
# From the repository's root: docker build -f infra/docker/worker-gpu.Dockerfile -t packshot-worker-gpu .

# What the lockfile speaks of; nothing below is installed again until one of these files changes.
FROM node:20.20.2-bookworm-slim AS manifests
ENV CI=true \
    ONNXRUNTIME_NODE_INSTALL=skip
WORKDIR /app
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY packages/contracts/package.json packages/contracts/
COPY packages/jobs/package.json packages/jobs/
COPY packages/pipeline/package.json packages/pipeline/
COPY packages/service/package.json packages/service/
COPY packages/storage/package.json packages/storage/
COPY packages/testing/package.json packages/testing/
COPY apps/worker/package.json apps/worker/

# What runs. ONNX Runtime's libraries for CUDA and TensorRT are not in its npm package: its install script fetches them from
# NuGet, in its own version. The switch has kept its name from older releases: since 1.27 what it fetches is built for CUDA 13.
FROM manifests AS production
RUN npx --yes pnpm@12.21.0 install --frozen-lockfile --prod --filter-prod "@packshot/worker..." \
 && rm -r packages/pipeline/node_modules/onnxruntime-node/bin/napi-v*/darwin \
          packages/pipeline/node_modules/onnxruntime-node/bin/napi-v*/win32 \
          packages/pipeline/node_modules/onnxruntime-node/bin/napi-v*/linux/arm64
RUN ONNXRUNTIME_NODE_INSTALL=cuda12 node packages/pipeline/node_modules/onnxruntime-node/script/install.js

# The root workspace brings the compiler.
FROM manifests AS build
RUN npx --yes pnpm@12.21.0 install --frozen-lockfile --filter packshot --filter "@packshot/worker..."
COPY tsconfig.base.json ./
COPY packages packages
COPY apps/worker apps/worker
RUN node_modules/.bin/tsc -b apps/worker \
 && mkdir out \
 && cp -r --parents apps/*/dist packages/*/dist out

FROM nvidia/cuda:13.0.3-cudnn-runtime-ubuntu24.04 AS runtime
LABEL org.opencontainers.image.title="packshot-worker-gpu" \
      org.opencontainers.image.description="Packshot's worker: runs the models over the items of jobs on NVIDIA GPUs" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN apt-get update \
 && apt-get install -y --no-install-recommends libjemalloc2 \
 && rm -rf /var/lib/apt/lists/*
# A volume mounted here takes over the owner. Images in work lie on disk, not in the memory that a tmpfs would count as.
RUN install -d -o 1000 -g 1000 -m 700 /var/spool/packshot
# The allocator must be there before Node starts: with glibc's, freed image buffers stay with the process. The worker hands
# the variable on to its engines. Named without a folder, the loader finds it on every processor architecture.
ENV NODE_ENV=production \
    LD_PRELOAD=libjemalloc.so.2 \
    SPOOL_DIR=/var/spool/packshot \
    PROVIDERS=cuda
COPY --from=manifests /usr/local/bin/node /usr/local/bin/
WORKDIR /app
COPY --from=production /app ./
# A library that CUDA's provider wants and this image lacks ends the build here; otherwise the first start would.
RUN ! ldd packages/pipeline/node_modules/onnxruntime-node/bin/napi-v*/linux/x64/libonnxruntime_providers_cuda.so \
  | grep 'not found' | grep -v 'libcuda.so.1'
COPY --from=build /app/out ./
COPY models models
COPY infra/docker/worker-health.mjs infra/docker/
USER 1000:1000
HEALTHCHECK --interval=30s --timeout=10s --start-period=90s --retries=3 CMD ["node", "infra/docker/worker-health.mjs"]
CMD ["node", "apps/worker/dist/main.js"]
