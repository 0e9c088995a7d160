"""Hold the tables behind `awslab.world.bases`: layer sizes and digests, packages, tools.

Every digest is the sha256 of the tar that `VirtualLayer.chunks` yields for that name and size;
it stands here so that nothing hashes 200 MB at run time, and a test recomputes all of them.
Versions are real ones of Debian 12, Alpine 3.21, npm and PyPI.
"""

# A line a layer: name, bytes of the tar, sha256.
_LAYERS = """
debian-bookworm 48500224 c37971c14242f9c4ab320567ba339159bec4d0e9dfdbd2a4309901e305ae8d66
debian-bookworm-slim 28200448 338dad9e067b443ce9b6b8a7928906e8d9112d62986fc3022eb4d1bcef5d222e
alpine-3.21 3640320 7ce46d728e49df3d5453448075a063fb264f650dc22906a4c6386cac50d0cbfa
busybox-1.37 2160128 52ff5cdcedc99660ffdf7661fa52f2b9d2635958693431a69749fb95b9151b25
buildpack-curl 24000000 4af713b465b5568887a8bbda88b1a57aede354bffe411546cee585bf684207a9
buildpack-scm 64400384 cd0b3dd8b79c62d56ae5701fa3851926b6d514f55926d7efa6cae63417694789
buildpack-full 205000192 bb0060de99f3bc171e2e4a7a416f7d536900b6b3cf4c253831cf0bad778beaa3
node-user 3584 c27ba73e9e614252e3f37da115e783fa1d63f46e9bcbcca25437525d977e2112
yarn 1250304 d4887986057c71d7bdfebba813cc97489b1bf58a4e86c03b7b3c551a6bfc66ea
node-entrypoint 2048 738cf32c9b72f5afb87a70a2459c7f6b66fe8e9d3b7d693bd50c2b98a58b9642
node-18-bookworm 45600256 ac793a8887dfd729faa2226e29fb6641ce67b9fef197eea49073ced048b827b5
node-18-slim 40200192 ff18e014172912fa3d10c5ca0067b0efb1345c46a172fa77c8a74c7c5b5abc57
node-18-alpine 40000000 6cef3f30c2764f5137e3addf3066e734b7b8d51f1f4743fa2dbe6dbde3f70b13
node-20-bookworm 47900160 a5a209f7d1b1ec1702e430654fa707ecea5661df03dc1c567a7118c688253c63
node-20-slim 44600320 558f8575aa9e8c67268abc5561bbda00b5fc6c8f4f2dbf5a9badc5bedd6c29bb
node-20-alpine 41500160 546e2eca40c1646169d3f01ef0b90a373c48ded76998c24af5de5317cebc7aaf
node-22-bookworm 50100224 e7529fe5fa7a8b502e9ce36349305292b880224ecb7984d2dad01271522f2bb6
node-22-slim 49800192 529150e1c62bec2d69a94a6131edfd4e8c2b317e5853f70fb9163f575dcd152a
node-22-alpine 49400320 c0dc60bdd79518063c41b97a7361d56da9b992debcb675c14709e3db7c742cad
python-libs-bookworm 6200320 a2e4bbe4859fe8f4f2d766dc35f269dbe512d749fefe5d7423e2cf6a88072c5d
python-libs-slim 3500032 e1a2c53de03fbfad6d3f598a567b64f6a035b0bc68c78a90a634ac3f959a845d
python-libs-alpine 460288 cb38599166c98df75ee8a29dda89f254b1ff434fa97c4d815df92b839b84b603
python-3.11-bookworm 23900160 ee5b2fae7c2b93b541ffdf9c10b9efd9152f711e4ef8c76ec37525cd009ee355
python-3.11-slim 16100352 b61101796e9defd1b8f6ea2d6f282724479d08ad7ce6c230d84ab5b1804e8bc3
python-3.11-alpine 15600128 3d212247d05e865e48a9e9e7573c614f548ecb0200bed0ee641b17eb12d05c77
python-3.12-bookworm 25600000 c97510202a4e61f55b5c5ad05214fb10d242ba4a440b112d049db7a4631997cd
python-3.12-slim 13700096 df2dba96b507262466bf07d79d08549c48fcde8636c96cfa04d2adbb2b342f4b
python-3.12-alpine 13600256 592e45254ae552b9622d8eedd3ebe24ded1f3f6993c9049695a8ad18e9f23f89
python-3.13-bookworm 27000320 dc177a05b8ba4e82dd7ffa130f5ebcbd170d2bfee63be6eb14ba9c22298318e8
python-3.13-slim 11700224 f533b16a39d628092f988d542a45fa1b5b12bb28f030ea3abad3ac12c0de9740
python-3.13-alpine 11600384 f7058c2d752d347136c49e2b4079ddbd58390db5e194c4e17dc8d45db6a5ad9f
golang-gcc 92000256 cf25b52850aa88efdfb12fa2d28d6a4089bf99442beedf0642d516445add9173
golang-1.22 69400064 9cb89690de46f9b8efc4e5b13bbe680577cd3440fd79c4d8f0aeb9f1c6f07bde
golang-1.23 74100224 93de07d2b6b1aefd46c5c1017aea83f0f4f39bae54c8a8df78a096f2e7e146fd
golang-1.24 79000064 ad13e8e4097e5410748de694c20ac955c0a51b18a995d12faf4d0eaac03bf707
nginx-bookworm 44100096 3e45da548922d3daf644b085310355685075632f0406b02163e4ad468c80b415
nginx-alpine 16100352 d44b90cb11a22e25c497bd7f6ccc2b30b14b1fc84d10b779961dba2b0fddde70
nginx-config 4096 bf8f9c3847f655cda7f3486a5b14f2db3f4f0cbff34f1cb4888a40f5ce14f197
httpd-prefix 2048 6db5f55c87bad12b72905a1c9732f6d6d79423eb38098a5b80b3d5329d54e9f2
httpd-2.4-bookworm 28000256 8c4556ffbe0eae161eeb3b3d8524f3f408906fb04c8be06072463d697a49ad03
httpd-2.4-alpine 15000064 ef0d1bc05a3224826f74df0475c9564907648e3e7e2ac4e324da30d42ee39c1c
distroless-static 800256 ef780c350bbbcc9b0c7c531ce9f8a3cce51525add5a5350877bf71a938a3f0d2
distroless-libc 9600000 c179a15fe1edfa5032ea1055a55320437ad6597438f21e59ad2fd9d42e0feb6d
distroless-cc 1100288 a3536346339f18fc976da0d901fa4eb26a0b95354ba76afff03a562eb0f89c9a
distroless-node-18 38200320 b35878c6ac3718b59e55968fe52952a66a6f9557fb705de13e881df3c8ea93ef
distroless-node-20 40100352 9a1a6d89f5f5676d809087f49d6231501dfc6ab7cddd055261699da2d27fd7a1
distroless-node-22 46500352 7e652243fb09930f4c8159129ee0011362d8ec132cf890ea11c43500ea189d1c
"""

LAYERS: dict[str, tuple[int, str]] = {
    name: (int(size), digest) for name, size, digest in map(str.split, _LAYERS.strip().splitlines())
}

_NPM_TOOLS = "node npm npx yarn corepack"
_PY_TOOLS = "python python3 pip pip3"
_ALPINE_TOOLS = (
    "sh ash apk adduser addgroup deluser wget chown chmod mkdir rm cp mv ln ls cat echo touch sed "
    "grep awk find tar gzip unzip vi env test true false id sleep date uname head tail sort tr cut "
    "printf sha256sum xargs nc ps kill"
)
_DEBIAN_TOOLS = (
    "sh bash dash apt apt-get dpkg adduser addgroup useradd groupadd usermod userdel chown chmod "
    "mkdir rm cp mv ln ls cat echo touch sed grep awk find tar gzip env test true false id sleep "
    "date uname head tail sort tr cut printf sha256sum xargs ldconfig install"
)

# Commands on the PATH that a layer adds; `sh` is what makes a shell-form RUN possible.
TOOLS: dict[str, str] = {
    "debian-bookworm": _DEBIAN_TOOLS,
    "debian-bookworm-slim": _DEBIAN_TOOLS,
    "alpine-3.21": _ALPINE_TOOLS,
    "busybox-1.37": _ALPINE_TOOLS.replace(" apk ", " "),
    "buildpack-curl": "curl wget gpg openssl",
    "buildpack-scm": "git hg svn ssh ps kill",
    "buildpack-full": "gcc g++ make autoconf convert python3 perl unzip patch",
    "golang-gcc": "gcc g++ make pkg-config",
    "golang-1.22": "go gofmt",
    "golang-1.23": "go gofmt",
    "golang-1.24": "go gofmt",
    "nginx-bookworm": "nginx curl",
    "nginx-alpine": "nginx curl",
    "httpd-2.4-bookworm": "httpd httpd-foreground apachectl ab htpasswd",
    "httpd-2.4-alpine": "httpd httpd-foreground apachectl ab htpasswd",
    "yarn": "yarn",
} | {
    f"{language}-{version}-{flavour}": tools
    for language, versions, tools in (
        ("node", ("18", "20", "22"), _NPM_TOOLS),
        ("python", ("3.11", "3.12", "3.13"), _PY_TOOLS),
    )
    for version in versions
    for flavour in ("bookworm", "slim", "alpine")
}

_NPM_VERSION = {"18": "10.8.2", "20": "10.8.2", "22": "10.9.2"}
_PIP_VERSION = {"3.11": "24.0", "3.12": "25.0.1", "3.13": "25.0.1"}

# layer: {type: "name=version ..."}
PACKAGES: dict[str, dict[str, str]] = {
    "debian-bookworm": {
        "os": """
        apt=2.6.1 base-files=12.4+deb12u1 bash=5.2.15-2+b2 coreutils=9.1-1 dpkg=1.21.22
        gzip=1.12-1 libc-bin=2.36-9+deb12u1 libc6=2.36-9+deb12u1 libgcrypt20=1.10.1-3
        libgnutls30=3.7.9-2 libsystemd0=252.12-1~deb12u1 libtinfo6=6.4-4
        login=1:4.13+dfsg1-1+b1 passwd=1:4.13+dfsg1-1+b1 perl-base=5.36.0-7 tar=1.34+dfsg-1.2
        tzdata=2023c-5 util-linux=2.38.1-5+b1 zlib1g=1:1.2.13.dfsg-1
        """
    },
    "debian-bookworm-slim": {
        "os": """
        apt=2.6.1 base-files=12.4+deb12u10 bash=5.2.15-2+b7 coreutils=9.1-1 dpkg=1.21.22
        gzip=1.12-1 libc-bin=2.36-9+deb12u10 libc6=2.36-9+deb12u10 libgcrypt20=1.10.1-3
        libgnutls30=3.7.9-2+deb12u4 libsystemd0=252.36-1~deb12u1 libtinfo6=6.4-4
        login=1:4.13+dfsg1-1+deb12u1 passwd=1:4.13+dfsg1-1+deb12u1 perl-base=5.36.0-7+deb12u2
        tar=1.34+dfsg-1.2+deb12u1 tzdata=2025b-0+deb12u1 util-linux=2.38.1-5+deb12u3
        zlib1g=1:1.2.13.dfsg-1
        """
    },
    "buildpack-curl": {
        "os": """
        ca-certificates=20230311 curl=7.88.1-10 gnupg=2.2.40-1.1 libcurl4=7.88.1-10
        libnghttp2-14=1.52.0-1 libssl3=3.0.9-1 netbase=6.4 openssl=3.0.9-1 wget=1.21.3-1+b2
        """
    },
    "buildpack-scm": {
        "os": """
        git=1:2.39.2-1.1 mercurial=6.3.2-1 openssh-client=1:9.2p1-2 procps=2:4.0.2-3
        subversion=1.14.2-4+b2
        """
    },
    "buildpack-full": {
        "os": """
        autoconf=2.71-3 g++=4:12.2.0-3 gcc=4:12.2.0-3 imagemagick=8:6.9.11.60+dfsg-1.6
        libexpat1=2.5.0-1 libmariadb3=1:10.11.3-1 libpq5=15.3-0+deb12u1 libtiff6=4.5.0-6
        libwebp7=1.2.4-0.2 libxml2=2.9.14+dfsg-1.2 make=4.3-4.1 python3.11=3.11.2-6
        """
    },
    "golang-gcc": {"os": "g++=4:12.2.0-3 gcc=4:12.2.0-3 make=4.3-4.1 pkg-config=1.8.1-1"},
    "alpine-3.21": {
        "os": """
        alpine-baselayout=3.6.8-r1 alpine-keys=2.5-r0 apk-tools=2.14.6-r3 busybox=1.37.0-r12
        ca-certificates-bundle=20241121-r1 libcrypto3=3.3.3-r0 libssl3=3.3.3-r0 musl=1.2.5-r9
        ssl_client=1.37.0-r12 zlib=1.3.1-r2
        """
    },
    "python-libs-slim": {
        "os": """
        ca-certificates=20230311 libsqlite3-0=3.40.1-2+deb12u1 libssl3=3.0.15-1~deb12u1
        netbase=6.4 openssl=3.0.15-1~deb12u1
        """
    },
    "python-libs-alpine": {"os": "libffi=3.4.7-r0 sqlite-libs=3.48.0-r1 xz-libs=5.6.3-r1"},
    "nginx-bookworm": {
        "os": """
        ca-certificates=20230311 curl=7.88.1-10+deb12u12 libcurl4=7.88.1-10+deb12u12
        libnghttp2-14=1.52.0-1+deb12u2 libssl3=3.0.15-1~deb12u1 nginx=1.27.5-1~bookworm
        openssl=3.0.15-1~deb12u1
        """
    },
    "nginx-alpine": {"os": "curl=8.12.1-r1 libcurl=8.12.1-r1 nginx=1.27.5-r1 pcre2=10.43-r0"},
    # The server itself is built from source, so no package manager knows it.
    "httpd-2.4-bookworm": {
        "os": """
        ca-certificates=20230311 libapr1=1.7.2-3+deb12u1 libaprutil1=1.6.3-1 libpcre2-8-0=10.42-1
        libssl3=3.0.15-1~deb12u1
        """
    },
    "httpd-2.4-alpine": {"os": "apr=1.7.5-r0 apr-util=1.6.3-r1 pcre2=10.43-r0"},
    "distroless-static": {"os": "base-files=12.4+deb12u10 netbase=6.4 tzdata=2025b-0+deb12u1"},
    "distroless-libc": {"os": "libc6=2.36-9+deb12u10 libssl3=3.0.15-1~deb12u1"},
    "distroless-cc": {"os": "libgcc-s1=12.2.0-14 libgomp1=12.2.0-14 libstdc++6=12.2.0-14"},
    "yarn": {"npm": "yarn=1.22.22"},
} | {
    f"{language}-{version}-{flavour}": {kind: f"{tool}={number}"}
    for language, kind, tool, versions in (
        ("node", "npm", "npm", _NPM_VERSION),
        ("python", "pypi", "pip", _PIP_VERSION),
    )
    for version, number in versions.items()
    for flavour in ("bookworm", "slim", "alpine")
}

DISTRIBUTION: dict[str, str] = {
    "debian": "Debian GNU/Linux 12 (bookworm)",
    "alpine": "Alpine Linux v3.21",
    "distroless": "Debian GNU/Linux 12 (bookworm)",
    "busybox": "BusyBox v1.37.0",
    "scratch": "",
}
