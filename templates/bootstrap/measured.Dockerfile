# From an image of crdeploy the Dockerfile that labels it with the memory measured while it was built. Built with
# --build-arg IMAGE=... --output type=local,dest=DIR; DIR is then built with the same argument.
ARG IMAGE
FROM ${IMAGE} AS image
FROM scratch
COPY --from=image /usr/share/crdeploy/Dockerfile /
