# Shared by the scripts beside it. Source it; it changes nothing by itself.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Work that outlives one run (the linter's binary) goes to the user's cache.
KEPT_CACHE="${KEPT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kept-dev}"
mkdir -p "$KEPT_CACHE"

step_started=$SECONDS
step() {
	printf '\n== %s (%d s so far)\n' "$*" "$SECONDS"
}

die() {
	printf '%s\n' "$*" >&2
	exit 1
}

# need_debian COMMAND-OR-PATH PACKAGE...: makes sure the command is there,
# installing the Debian packages where this user may.
need_debian() {
	local probe=$1
	shift
	if command -v "$probe" >/dev/null 2>&1 || compgen -G "$probe" >/dev/null; then
		return 0
	fi
	local sudo=()
	if [ "$(id -u)" != 0 ]; then
		sudo=(sudo -n)
		if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
			die "$probe is missing and this user may not install it. Ask an administrator to run: apt-get install $*"
		fi
	fi
	command -v apt-get >/dev/null || die "$probe is missing and this is not a Debian system. Install what Debian calls: $*"
	echo "installing $*"
	"${sudo[@]}" apt-get update -qq
	DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

need_tools() {
	command -v go >/dev/null || die "Go is missing: install Go 1.26 (https://go.dev/dl/) and put it on the PATH"
	command -v node >/dev/null || die "Node is missing: install Node 20 or newer"
	[ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] || die "Node $(node --version) is too old: Kept's web app needs 20 or newer"
	command -v cc >/dev/null || need_debian gcc gcc g++ libc6-dev
	command -v g++ >/dev/null || need_debian g++ g++
}

need_web() {
	make --no-print-directory web/node_modules/.installed
}
