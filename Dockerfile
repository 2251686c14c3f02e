# The service as one image: built from the locks alone, runs as nobody in particular.
FROM python:3.13.9-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /build && python -m venv /opt/mayuse
COPY requirements-build.lock requirements.lock ./
RUN /build/bin/pip install --require-hashes -r requirements-build.lock \
 && /opt/mayuse/bin/pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY migrations migrations
COPY service service
COPY tests/cases/article.cases.yaml tests/cases/article.cases.yaml
RUN /build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /opt/mayuse/bin/pip install --no-deps --no-index /wheels/*.whl

# Only `mayuse policy examine` and an upload of policies start it: a bundle is built again by it.
FROM openpolicyagent/opa:1.22.2-static AS opa

FROM python:3.13.9-slim-bookworm
ENV PATH=/opt/mayuse/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    XDG_CACHE_HOME=/tmp/cache MAYUSE_KEYS_DIR=/var/lib/mayuse/keys
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/mayuse mayuse \
 && install --directory --owner mayuse --group mayuse --mode 0700 /var/lib/mayuse
COPY --from=build /opt/mayuse /opt/mayuse
COPY --from=opa /opa /usr/local/bin/opa
USER 10001:10001
WORKDIR /var/lib/mayuse
VOLUME /var/lib/mayuse
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=5 \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health/live', timeout=2)"]
ENTRYPOINT ["mayuse"]
CMD ["serve"]
