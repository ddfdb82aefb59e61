# Builds Clipwork as a Debian package with LibTorch in it, and installs that package into an image that has nothing else.
#   docker build -t clipwork .
#   docker run --rm -v "$PWD:/data" clipwork run clipwork:demo/novis.toml --input /data/video.mp4 --out /data/results
FROM debian:12 AS build
COPY . /clipwork
WORKDIR /clipwork
RUN tools/deps.sh
RUN cmake --preset release -DCLIPWORK_TESTS=OFF -DCLIPWORK_BUNDLE_TORCH=ON
RUN cmake --build --preset release
RUN cd build/release && cpack -G DEB -B /package

FROM debian:12-slim
COPY --from=build /package/*.deb /tmp/
RUN apt-get update && apt-get install -y --no-install-recommends /tmp/*.deb && rm -rf /tmp/*.deb /var/lib/apt/lists/*
RUN useradd --create-home clipwork
USER clipwork
WORKDIR /data
ENTRYPOINT ["clipwork"]
