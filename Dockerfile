# The images of Holdfast: the worker (default target), the same with MariaDB's tools for drill hosts (deploy/drill), and the
# backup manager that runs in the pods of backup Jobs.
#
#   docker build --target worker -t holdfast:0.1.0 .
#   docker build --target drill -t YOUR-REGISTRY/holdfast-drill:0.1.0 .
#   docker build --target backup-manager -t YOUR-REGISTRY/holdfast-backup-manager:0.1.0 .
#
# The worker takes the name of the second from HOLDFAST_BACKUP_MANAGER_IMAGE.
# Debian, because Temporal's core needs glibc. Pinned by tag; pin the digest too where your policy asks for it.
FROM node:22.22.2-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# No scripts: ours is the build, whose sources come with the next layer; nobody else's is needed.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund
# The package brings Temporal's core for five platforms, about 28 MB each. Loading it shows that ours is left.
RUN keep="$(node --print "process.arch === 'arm64' ? 'aarch64' : 'x86_64'")-unknown-linux-gnu" \
  && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 ! -name "$keep" -exec rm -r {} + \
  && node --eval "require('@temporalio/core-bridge')"

FROM node:22.22.2-bookworm-slim AS runtime
# The slim image has no certificate authorities: Temporal's core and BR verify public servers with these.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# The image's user `node`, as a number so that Kubernetes can see that it is not root.
USER 1000:1000

# Kubernetes passes the arguments. BR comes from its own image, through /var/lib/br-bin.
FROM runtime AS backup-manager
ENTRYPOINT ["node", "dist/backup-manager/main.js"]

FROM runtime AS worker-base
ENV HOLDFAST_LISTEN=0.0.0.0:9464
EXPOSE 9464
# Whether the process runs, not whether it is ready: a worker that waits for its servers must not be restarted.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "--eval", "fetch(`http://127.0.0.1:${process.env.HOLDFAST_LISTEN.split(':').pop()}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# The heap without the native core. 1,000 cached workflows, the most that a worker keeps, take about 170 MiB of it.
ENTRYPOINT ["node", "--max-old-space-size=1024", "dist/cli/main.js"]
CMD ["worker"]

# Debian's MariaDB is 10.11: it drills backups of servers up to that release. For newer ones take MariaDB's own repository.
FROM worker-base AS drill
USER root
RUN apt-get update \
  && apt-get install --yes --no-install-recommends \
    mariadb-server-core mariadb-client-core mariadb-client mariadb-backup zstd \
  && rm -rf /var/lib/apt/lists/*
USER 1000:1000
ENV HOLDFAST_ROLES=drill

FROM worker-base AS worker
