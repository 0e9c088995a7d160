"""List the system packages that apt-get and apk can install in this lab.

A line a package: name, version in Debian 12, version in Alpine 3.21 (`-` where it does not exist),
kilobytes, the commands it puts on the PATH.
"""

from dataclasses import dataclass
from functools import cache

from awslab.world._base_layers import PACKAGES

_TABLE = """
bash              5.2.15-2+b7                 5.2.37-r0    560    bash
bind9-dnsutils    1:9.18.33-1~deb12u2         -            420    dig nslookup
build-base        -                           0.5-r3       62000  gcc g++ make
build-essential   12.9                        -            71000  gcc g++ make
ca-certificates   20230311                    20241121-r1  150    update-ca-certificates
curl              7.88.1-10+deb12u12          8.12.1-r1    480    curl
dnsutils          1:9.18.33-1~deb12u2         -            420    dig nslookup
dumb-init         1.2.5-2                     1.2.5-r3     14     dumb-init
g++               4:12.2.0-3                  14.2.0-r4    48000  g++
gcc               4:12.2.0-3                  14.2.0-r4    44000  gcc
git               1:2.39.5-0+deb12u2          2.47.2-r0    7300   git
gnupg             2.2.40-1.1                  2.4.7-r0     3100   gpg
gosu              1.14-1+b10                  1.17-r7      1100   gosu
htop              3.2.2-2                     3.3.0-r0     150    htop
imagemagick       8:6.9.11.60+dfsg-1.6        7.1.1.41-r0  7900   convert
iproute2          6.1.0-3                     6.11.0-r0    1000   ip ss
iputils           -                           20240905-r0  60     ping
iputils-ping      3:20221126-1+deb12u1        -            47     ping
jq                1.6-2.1+deb12u1             1.7.1-r0     350    jq
less              590-2.1~deb12u2             668-r0       140    less
libc6-compat      -                           1.1.0-r4     6
libffi-dev        3.4.4-1                     3.4.7-r0     60
libpq             -                           17.4-r0      180
libpq-dev         15.12-0+deb12u2             17.4-r0      420    pg_config
libpq5            15.12-0+deb12u2             -            190
libssl-dev        3.0.15-1~deb12u1            -            2400
linux-headers     -                           6.6-r1       1500
locales           2.36-9+deb12u10             -            3900   locale-gen
make              4.3-4.1                     4.4.1-r2     390    make
musl-dev          -                           1.2.5-r9     1600
nano              7.2-1+deb12u1               8.2-r0       690    nano
net-tools         2.10-0.1                    2.10-r3      240    netstat
netcat-openbsd    1.219-1                     1.226-r0     41     nc
nginx             1.22.1-9+deb12u1            1.26.3-r0    1100   nginx
nodejs            18.19.0+dfsg-6~deb12u2      22.13.1-r0   14000  node
npm               9.2.0~ds1-1                 10.9.1-r0    9800   npm npx
openssh-client    1:9.2p1-2+deb12u5           9.9_p2-r0    990    ssh
openssl           3.0.15-1~deb12u1            3.3.3-r0     1400   openssl
openssl-dev       -                           3.3.3-r0     1600
patch             2.7.6-7                     2.7.6-r10    128    patch
pkg-config        1.8.1-1                     -            14     pkg-config
pkgconf           1.8.1-1                     2.3.0-r0     50     pkg-config
postgresql-client 15+248                      -            1700   psql
postgresql-dev    -                           17.4-r0      3600   pg_config
procps            2:4.0.2-3                   4.0.4-r2     700    ps kill top
py3-pip           -                           24.3.1-r0    1500   pip pip3
python3           3.11.2-1+b1                 3.12.9-r0    11000  python3
python3-dev       3.11.2-1+b1                 3.12.9-r0    6500
python3-pip       23.0.1+dfsg-1               -            1300   pip pip3
python3-venv      3.11.2-1+b1                 -            8
shadow            -                           4.16.0-r1    700    useradd usermod groupadd
su-exec           -                           0.2-r3       9      su-exec
sudo              1.9.13p3-1+deb12u1          1.9.16_p2-r0 1900   sudo
supervisor        4.2.5-1                     4.2.5-r5     310    supervisord
tini              0.19.0-1                    0.19.0-r3    250    tini
tzdata            2025b-0+deb12u1             2025b-r0     300
unzip             6.0-28                      6.0-r15      170    unzip
vim               2:9.0.1378-2+deb12u2        9.1.1105-r0  1600   vim
wget              1.21.3-1+deb12u1            1.25.0-r0    980    wget
xz-utils          5.4.1-1                     -            470    xz
zip               3.0-13                      3.0-r13      230    zip
"""

# What apt-get adds unless --no-install-recommends is given.
RECOMMENDS = {
    "curl": ("ca-certificates",),
    "git": ("less", "openssh-client", "patch"),
    "imagemagick": ("netcat-openbsd",),
    "nodejs": ("ca-certificates", "npm"),
    "python3-pip": ("build-essential", "python3-dev"),
    "wget": ("ca-certificates",),
}


@dataclass(frozen=True)
class SystemPackage:
    """Describe one package of Debian or Alpine; `size` is bytes."""

    name: str
    version: str
    size: int
    tools: tuple[str, ...]


def find(family: str, name: str) -> SystemPackage | None:
    """Return the package of this name in `debian` or `alpine`, or None."""
    column = 1 if family == "debian" else 2
    for line in _TABLE.strip().splitlines():
        cells = line.split()
        if cells[0] == name and cells[column] != "-":
            return SystemPackage(name, cells[column], int(cells[3]) * 1000, tuple(cells[4:]))
    return None


# The layers that were built last hold the newest versions this lab's Debian mirror has.
_NEW_LAYERS = ("python-libs-slim", "nginx-bookworm", "debian-bookworm-slim")
_UPGRADE_SIZE = 400_000


@cache
def newest_debian() -> dict[str, SystemPackage]:
    """Return what `apt-get upgrade` would install over an older version, by name."""
    found = {}
    for layer in _NEW_LAYERS:
        for item in PACKAGES[layer]["os"].split():
            name, _, version = item.partition("=")
            found[name] = SystemPackage(name, version, _UPGRADE_SIZE, ())
    for line in _TABLE.strip().splitlines():
        package = find("debian", line.split()[0])
        if package is not None:
            found[package.name] = package
    return found
