"""A small catalogue of published vulnerabilities, enough to make image scanning teach something.

It is frozen and far from complete: a clean result here says nothing about a real image.
Severities and scores are those of the NVD or of the package's own advisory;
fixed versions of system packages are those of Debian 12 and Alpine.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Vulnerability:
    """Hold one vulnerability of one package.

    `affected` lists ranges separated by commas; a range is conditions such as `>= 1.0.0 < 1.6.0`.
    `score` is the CVSS 3 base score, 0 to 10.
    """

    id: str
    package: str
    type: str
    affected: str
    severity: str
    score: float
    description: str

    @property
    def uri(self) -> str:
        """Return the address of the public record."""
        return f"https://nvd.nist.gov/vuln/detail/{self.id}"


# type | package | id | severity | score | affected | description
_TABLE = """
os | libc6 | CVE-2023-4911 | HIGH | 7.8 | < 2.36-9+deb12u3 | A long GLIBC_TUNABLES variable overflows a buffer of the dynamic loader, which gives a local user root.
os | libc6 | CVE-2023-6246 | HIGH | 7.8 | < 2.36-9+deb12u4 | syslog() overflows a heap buffer when the program name is very long, which can give a local user root.
os | libcurl4 | CVE-2023-38545 | CRITICAL | 9.8 | >= 7.69.0 < 7.88.1-10+deb12u4 | A host name longer than 255 bytes overflows a heap buffer while curl talks to a SOCKS5 proxy.
os | libcurl4 | CVE-2023-38546 | LOW | 3.7 | < 7.88.1-10+deb12u4 | Duplicating a handle can make curl read cookies from a file called none.
os | libcurl | CVE-2023-38545 | CRITICAL | 9.8 | >= 7.69.0 < 8.4.0-r0 | A host name longer than 255 bytes overflows a heap buffer while curl talks to a SOCKS5 proxy.
os | libssl3 | CVE-2023-5363 | HIGH | 7.5 | >= 3.0.0 < 3.0.11-1~deb12u2 | Key and IV lengths of some ciphers are set too late, so data may be encrypted with a truncated key or IV.
os | libssl3 | CVE-2023-5678 | MEDIUM | 5.3 | >= 3.0.0 < 3.0.13-1~deb12u1 | Checking over-long X9.42 DH keys takes so long that a service can be stalled.
os | libssl3 | CVE-2024-0727 | MEDIUM | 5.5 | >= 3.0.0 < 3.0.13-1~deb12u1 | A malformed PKCS12 file makes OpenSSL follow a null pointer and crash.
os | libnghttp2-14 | CVE-2023-44487 | HIGH | 7.5 | < 1.52.0-1+deb12u1 | HTTP/2 streams opened and reset in quick succession exhaust a server (Rapid Reset).
os | libgnutls30 | CVE-2023-5981 | MEDIUM | 5.9 | < 3.7.9-2+deb12u1 | Response times of the RSA-PSK key exchange leak whether a ciphertext was well formed.
os | libgnutls30 | CVE-2024-0553 | HIGH | 7.5 | < 3.7.9-2+deb12u2 | The first repair of the RSA-PSK timing leak was incomplete.
os | openssh-client | CVE-2023-38408 | CRITICAL | 9.8 | < 1:9.2p1-2+deb12u1 | A forwarded ssh-agent can be made to load libraries that run an attacker's code.
os | openssh-client | CVE-2023-48795 | MEDIUM | 5.9 | < 1:9.2p1-2+deb12u2 | Someone in the middle can drop the first messages of an SSH session unnoticed (Terrapin).
os | git | CVE-2024-32002 | CRITICAL | 9.0 | < 1:2.39.5-0+deb12u1 | Cloning a repository with crafted submodules and symbolic links runs its hook.
os | libwebp7 | CVE-2023-4863 | HIGH | 8.8 | < 1.2.4-0.2+deb12u1 | A crafted lossless WebP image overflows a heap buffer in the decoder.
os | libexpat1 | CVE-2024-45491 | CRITICAL | 9.8 | < 2.5.0-1+deb12u1 | An integer overflow in the DTD code of expat on 32-bit platforms corrupts memory.
os | perl-base | CVE-2023-47038 | HIGH | 7.8 | < 5.36.0-7+deb12u1 | Compiling a crafted regular expression writes one byte past a heap buffer.
os | login | CVE-2023-4641 | MEDIUM | 5.5 | < 1:4.13+dfsg1-1+deb12u1 | gpasswd leaves a password in memory when the second entry does not match.
os | util-linux | CVE-2024-28085 | LOW | 3.3 | < 2.38.1-5+deb12u1 | wall passes escape sequences from its arguments to other users' terminals.
os | apt | CVE-2011-3374 | INFORMATIONAL | 3.7 | >= 0 | apt-key net-update does not check keys properly; Debian never used it.
os | busybox | CVE-2024-58251 | LOW | 2.5 | = 1.37.0-r12 | A process name with escape sequences can lock up the terminal of someone who runs netstat.
os | busybox | CVE-2025-46394 | LOW | 3.2 | = 1.37.0-r12 | Escape sequences hide the names of files in the listing of a tar archive.
os | busybox | CVE-2022-28391 | HIGH | 8.8 | < 1.35.0-r7 | Host names from DNS PTR records reach the terminal with their escape sequences.
os | zlib | CVE-2022-37434 | CRITICAL | 9.8 | < 1.2.12-r2 | inflate overflows a heap buffer when a gzip header has a large extra field.
npm | lodash | CVE-2019-10744 | CRITICAL | 9.1 | < 4.17.12 | defaultsDeep lets input change the properties of Object.prototype.
npm | lodash | CVE-2021-23337 | HIGH | 7.2 | < 4.17.21 | template runs commands hidden in its options.
npm | minimist | CVE-2021-44906 | CRITICAL | 9.8 | >= 1.0.0 < 1.2.6, < 0.2.4 | Crafted arguments change the properties of Object.prototype.
npm | qs | CVE-2022-24999 | HIGH | 7.5 | >= 6.10.0 < 6.10.3, >= 6.9.0 < 6.9.7, >= 6.8.0 < 6.8.3, >= 6.7.0 < 6.7.3, >= 6.6.0 < 6.6.1, >= 6.5.0 < 6.5.3 | A query string with a __proto__ key makes the process hang; express uses qs for every request.
npm | express | CVE-2024-29041 | MEDIUM | 6.1 | < 4.19.2 | A malformed URL gets past an allow list of redirect targets.
npm | body-parser | CVE-2024-45590 | HIGH | 7.5 | < 1.20.3 | A small URL-encoded body with deep nesting keeps the server busy.
npm | path-to-regexp | CVE-2024-45296 | HIGH | 7.5 | < 0.1.10 | Some routes become regular expressions that take exponential time.
npm | jsonwebtoken | CVE-2022-23539 | HIGH | 8.1 | < 9.0.0 | Keys of a type too weak for the algorithm are accepted.
npm | axios | CVE-2021-3749 | HIGH | 7.5 | < 0.21.2 | Trimming a crafted header value takes quadratic time.
npm | axios | CVE-2023-45857 | MEDIUM | 6.5 | >= 0.8.1 < 0.28.0, >= 1.0.0 < 1.6.0 | The XSRF token is sent along to every host, not only to the own one.
npm | semver | CVE-2022-25883 | HIGH | 7.5 | < 5.7.2, >= 6.0.0 < 6.3.1, >= 7.0.0 < 7.5.2 | Parsing an untrusted range takes quadratic time.
npm | ws | CVE-2024-37890 | HIGH | 7.5 | >= 8.0.0 < 8.17.1, >= 7.0.0 < 7.5.10, >= 6.0.0 < 6.2.3, >= 2.1.0 < 5.2.4 | A request with very many headers crashes the server.
npm | debug | CVE-2017-16137 | LOW | 3.7 | < 2.6.9, >= 3.0.0 < 3.1.0 | Formatting long untrusted strings with %o is slow.
pypi | requests | CVE-2023-32681 | MEDIUM | 6.1 | >= 2.3.0 < 2.31.0 | Credentials for a proxy are sent to the destination after an HTTPS redirect.
pypi | requests | CVE-2024-35195 | MEDIUM | 5.6 | < 2.32.0 | After one request with verify=False a session never verifies that host again.
pypi | jinja2 | CVE-2019-10906 | HIGH | 8.6 | < 2.10.1 | str.format_map leads out of the template sandbox.
pypi | jinja2 | CVE-2024-22195 | MEDIUM | 6.1 | < 3.1.3 | The xmlattr filter lets keys with spaces add attributes to the page.
pypi | urllib3 | CVE-2023-43804 | HIGH | 8.1 | < 1.26.17, >= 2.0.0 < 2.0.6 | A Cookie header goes along when a redirect leads to another host.
pypi | urllib3 | CVE-2024-37891 | MEDIUM | 4.4 | < 1.26.19, >= 2.0.0 < 2.2.2 | A Proxy-Authorization header goes along when a redirect leads to another host.
pypi | flask | CVE-2023-30861 | HIGH | 7.5 | < 2.2.5, >= 2.3.0 < 2.3.2 | A caching proxy may hand one client's session cookie to another.
pypi | werkzeug | CVE-2023-25577 | HIGH | 7.5 | < 2.2.3 | A form with very many parts uses up CPU and memory.
pypi | pyyaml | CVE-2020-14343 | CRITICAL | 9.8 | < 5.4 | full_load runs code from an untrusted document.
pypi | pillow | CVE-2023-4863 | HIGH | 8.8 | < 10.0.1 | A crafted lossless WebP image overflows a heap buffer of the bundled decoder.
pypi | setuptools | CVE-2022-40897 | MEDIUM | 5.9 | < 65.5.1 | A crafted package page makes a regular expression run very long.
pypi | gunicorn | CVE-2024-1135 | HIGH | 7.5 | < 22.0.0 | Conflicting Transfer-Encoding headers let requests be smuggled past a proxy.
"""  # noqa: E501


def _read(line: str) -> Vulnerability:
    kind, package, identifier, severity, score, affected, text = map(str.strip, line.split("|"))
    return Vulnerability(identifier, package, kind, affected, severity, float(score), text)


CATALOGUE: tuple[Vulnerability, ...] = tuple(map(_read, _TABLE.strip().splitlines()))
