# The API. From the repository's root: docker build -f infra/docker/api.Dockerfile -t packshot-api .

# What the lockfile speaks of; nothing below is installed again until one of these files changes.
FROM node:20.20.2-bookworm-slim AS manifests
ENV CI=true \
    ONNXRUNTIME_NODE_INSTALL=skip
WORKDIR /app
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY packages/contracts/package.json packages/contracts/
COPY packages/jobs/package.json packages/jobs/
COPY packages/service/package.json packages/service/
COPY packages/storage/package.json packages/storage/
COPY packages/testing/package.json packages/testing/
COPY packages/sdk/package.json packages/sdk/
COPY apps/api/package.json apps/api/
COPY apps/web/package.json apps/web/

# What runs: the API's own dependencies, so neither sharp nor ONNX Runtime.
FROM manifests AS production
RUN npx --yes pnpm@12.21.0 install --frozen-lockfile --prod --filter-prod "@packshot/api..."

# The root workspace brings the compiler, and the studio is built here and served by the API.
FROM manifests AS build
RUN npx --yes pnpm@12.21.0 install --frozen-lockfile --filter packshot --filter "@packshot/api..." --filter "@packshot/web..."
COPY tsconfig.base.json ./
COPY packages packages
COPY apps/api apps/api
COPY apps/web apps/web
RUN node_modules/.bin/tsc -b apps/api \
 && apps/web/node_modules/.bin/vite build apps/web \
 && mkdir out \
 && cp -r --parents apps/*/dist packages/*/dist out

FROM node:20.20.2-bookworm-slim AS runtime
LABEL org.opencontainers.image.title="packshot-api" \
      org.opencontainers.image.description="Packshot's HTTP API: takes jobs, tells how they are, hands out results" \
      org.opencontainers.image.licenses="Apache-2.0"
# The allocator's setting must be there before Node starts: glibc otherwise keeps freed memory in an arena for each thread.
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8080 \
    MALLOC_ARENA_MAX=2
WORKDIR /app
COPY --from=production /app ./
COPY --from=build /app/out ./
COPY infra/docker/api-health.mjs infra/docker/make-bucket.mjs infra/docker/
USER 1000:1000
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["node", "infra/docker/api-health.mjs"]
CMD ["node", "apps/api/dist/main.js"]
