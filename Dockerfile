# kt-server as an image, with the embedded database or for a PostgreSQL elsewhere: docs/self-hosting.md, "In a container".

FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY . .
# Installs what package-lock.json names, without running any package's script, and writes dist/ (scripts/launch.js).
# What was downloaded is kept for the next build.
RUN --mount=type=cache,target=/root/.npm npm run build
# The package as anybody installs it: one folder without dependencies, and the two programs.
RUN npm pack --ignore-scripts \
  && npm install --global --prefix /image --ignore-scripts --offline ./kt-sync-kt-server-*.tgz \
  && mkdir /data

FROM node:24-bookworm-slim
LABEL org.opencontainers.image.title="kt-server" \
  org.opencontainers.image.description="A self-hosted sync server for ActivityWatch" \
  org.opencontainers.image.licenses="MIT"
COPY --from=build /image /usr/local
# A new volume takes its owner from here.
COPY --from=build --chown=node:node /data /data
ENV KT_SERVER_HOST=0.0.0.0 KT_SERVER_PORT=5700 KT_SERVER_DATA_DIR=/data
# One heap for all threads of the C library: 222 MB at rest instead of 267 with the embedded database.
ENV MALLOC_ARENA_MAX=1
USER node
WORKDIR /data
VOLUME ["/data"]
EXPOSE 5700
# Whether the process answers, not whether its database does: a restart would not mend that.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.KT_SERVER_PORT}/health`).then(({ ok }) => process.exit(ok ? 0 : 1))"]
# Without a shell before it, so that it gets the signals itself.
STOPSIGNAL SIGTERM
ENTRYPOINT ["kt-server"]
