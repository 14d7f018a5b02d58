# The gateway as one file on Node, without any package: docker build -t voice-jobs-gateway .
# The base is named by its version; for builds that are the same every time, add its digest (node:24.21.0-slim@sha256:…).
ARG NODE_IMAGE=node:24.21.0-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
# No package needs its install script here: those fetch a Node, which this image is, or warm caches that are not kept.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY LICENSE tsconfig.json ./
COPY tools/packaging tools/packaging
COPY console console
COPY examples/operations examples/operations
COPY emulator emulator
COPY src src
RUN node tools/packaging/main.ts /package

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="voice-jobs-gateway" \
      org.opencontainers.image.description="GraphQL gateway for human voice cloning jobs of Alibaba Cloud Intelligent Media Services" \
      org.opencontainers.image.licenses="MIT"
# Owned by root, so that the gateway cannot change what it runs. It writes nothing: the root file system may be read-only.
COPY --from=build /package /app
# `::` takes IPv6 and IPv4; where the system has no IPv6, Node listens on 0.0.0.0 instead.
ENV NODE_ENV=production HOST=:: PORT=4000
EXPOSE 4000
# The user `node` of the image, by number: Kubernetes does not look a name up when it checks runAsNonRoot.
USER 1000:1000
STOPSIGNAL SIGTERM
# For Docker alone; Kubernetes has probes of its own. The image has no curl.
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# With the options of `npm start`; docs/decisions.md has what they bring.
ENTRYPOINT ["node", "--max-semi-space-size=8", "--v8-pool-size=2", "/app/gateway.js"]
