# The worker on processors. From the repository's root: docker build -f infra/docker/worker.Dockerfile -t packshot-worker .

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

# What runs. ONNX Runtime's package carries the libraries of every system (200 MB); this image needs Linux's.
FROM manifests AS production
RUN npx --yes pnpm@12.21.0 install --frozen-lockfile --prod --filter-prod "@packshot/worker..." \
 && rm -r packages/pipeline/node_modules/onnxruntime-node/bin/napi-v*/darwin \
          packages/pipeline/node_modules/onnxruntime-node/bin/napi-v*/win32

# The root workspace brings the compiler.
FROM manifests AS build
RUN npx --yes pnpm@12.21.0 install --frozen-lockfile --filter packshot --filter "@packshot/worker..."
COPY tsconfig.base.json ./
COPY packages packages
COPY apps/worker apps/worker
RUN node_modules/.bin/tsc -b apps/worker \
 && mkdir out \
 && cp -r --parents apps/*/dist packages/*/dist out

FROM node:20.20.2-bookworm-slim AS runtime
LABEL org.opencontainers.image.title="packshot-worker" \
      org.opencontainers.image.description="Packshot's worker: runs the models over the items of jobs" \
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
    SPOOL_DIR=/var/spool/packshot
WORKDIR /app
COPY --from=production /app ./
COPY --from=build /app/out ./
COPY models models
COPY infra/docker/worker-health.mjs infra/docker/
USER 1000:1000
HEALTHCHECK --interval=30s --timeout=10s --start-period=90s --retries=3 CMD ["node", "infra/docker/worker-health.mjs"]
CMD ["node", "apps/worker/dist/main.js"]
