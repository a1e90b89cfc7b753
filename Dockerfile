# The server of docs/server.md:
#   docker build -t forexhooks .
#   docker run -p 8000:8000 -v forexhooks:/home/forexhooks forexhooks --driver ecb
FROM python:3.13-slim-trixie AS build
COPY . /source
RUN python -m venv /opt/forexhooks \
    && /opt/forexhooks/bin/pip install --no-cache-dir "/source[server]"

FROM python:3.13-slim-trixie
COPY --from=build /opt/forexhooks /opt/forexhooks
RUN useradd --create-home --uid 10001 forexhooks
USER 10001
# What `forexhooks update` fetched, and what providers gave.
VOLUME /home/forexhooks
ENV PATH=/opt/forexhooks/bin:$PATH
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["forexhooks", "serve", "--host", "0.0.0.0"]
