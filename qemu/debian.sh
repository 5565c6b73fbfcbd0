# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# A private apt: its own sources, lists and (empty) dpkg status below $TCX_CACHE, so that packages of any Debian
# release can be looked up and downloaded by an ordinary user, and the host's apt state is neither used nor changed.
# Sourced after lib.sh. The mirrors are the host's own, asked from apt at run time. The proxy and certificate settings
# are the host's too: apt reads the host's configuration first and ours on top of it.

KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# release_of NAME: the Debian release that a kernel is taken from. flavour_of NAME: what Debian calls its flavour; "-" for
# one of our own.
release_of() {
	kernels release "$1" || die "there is no kernel '$1': those known stand in KERNELS"
}

flavour_of() {
	kernels flavour "$1" || die "there is no kernel '$1': those known stand in KERNELS"
}

# debian_arch ARCH: what Debian calls an architecture. The host's own, for programs that run here.
debian_arch() {
	case $1 in
	x86_64) echo amd64 ;;
	aarch64) echo arm64 ;;
	*) die "there is no Debian kernel here for $1" ;;
	esac
}
HOST_DEBIAN_ARCH=$(debian_arch "$(uname -m)")

# mirror main|security: the URI of the host's configured Debian archive of that kind.
mirror() {
	local uri
	# shellcheck disable=SC2016 # apt expands it
	uri=$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(RELEASE)|$(REPO_URI)' 'Identifier: Packages' |
		awk -F'|' -v kind="$1" '
			$1 != "Debian" { next }
			kind == "security" && $2 == "Debian-Security" { print $4; exit }
			kind == "main" && $2 == "Debian" && $3 !~ /-(updates|backports|proposed)/ { print $4; exit }')
	[ -n "$uri" ] || die "apt knows no Debian $1 archive: check the host's apt sources, then run: apt-get update"
	echo "$uri"
}

# write_sources RELEASE main|security...
write_sources() {
	local release=$1 opts="[signed-by=$KEYRING target=Packages]" kind uri suite
	shift
	for kind; do
		uri=$(mirror "$kind")
		suite=$release
		[ "$kind" = main ] || suite=$release-$kind
		echo "deb $opts $uri $suite main"
	done
}

# The host's hooks are cleared: they would run on, and clean, the host's own apt state. The sandbox user is off
# because _apt cannot reach a cache below a private home; signatures are what is relied on, and they are demanded.
# The architecture asked for comes first; programs of the host's are wanted beside it (kbuild's, for a kernel of another).
write_conf() {
	local dir=$1 arch=$2
	cat <<-END
		#clear APT::Update::Pre-Invoke;
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
		#clear DPkg::Post-Invoke;
		#clear APT::Default-Release;
		Dir::State "$dir/state";
		Dir::State::lists "$dir/state/lists";
		Dir::State::status "$dir/state/status";
		Dir::Cache "$dir/cache";
		Dir::Cache::archives "$dir/cache/archives";
		Dir::Etc::sourcelist "$dir/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Dir::Etc::preferences "/dev/null";
		Dir::Etc::preferencesparts "/dev/null";
		APT::Architecture "$arch";
		APT::Architectures { "$arch"; "$HOST_DEBIAN_ARCH"; };
		APT::Sandbox::User "";
		APT::Update::Error-Mode "any";
		APT::Get::AllowUnauthenticated "false";
		Acquire::AllowInsecureRepositories "false";
		Acquire::AllowDowngradeToInsecureRepositories "false";
		Acquire::AllowWeakRepositories "false";
		Acquire::Languages "none";
		Acquire::Retries "3";
	END
}

# apt_update TRIES RELEASE main|security...: brings the lists of these archives up to date.
apt_update() {
	local tries=$1 release=$2
	shift 2
	write_sources "$release" "$@" >"${APT_CONF%/*}/sources.list.new"
	mv "${APT_CONF%/*}/sources.list.new" "${APT_CONF%/*}/sources.list"
	retry "$tries" apt-get -c "$APT_CONF" -qq update >&2
}

# The main archive of an old release moves away some time after it has retired. Its security archive stays, but may have
# lost packages that its lists still name, and then the older ones of the main archive serve.
apt_lists() {
	case $1 in
	bullseye) apt_update 1 "$1" main security || apt_update 3 "$1" security ;;
	sid) apt_update 3 "$1" main ;; # has no other
	*) apt_update 3 "$1" main security ;;
	esac
}

# apt_open RELEASE ARCH: sets the private apt up for that release and brings its lists up to date.
# The caller holds the cache's lock.
apt_open() {
	local release=$1 arch dir
	need apt-get apt
	need dpkg-deb dpkg
	[ -r "$KEYRING" ] || die "$KEYRING is missing: apt-get install debian-archive-keyring"
	arch=$(debian_arch "$2")
	dir=$TCX_CACHE/apt/$release
	[ "$arch" = "$HOST_DEBIAN_ARCH" ] || dir+=-$arch
	mkdir -p "$dir/state/lists/partial" "$dir/cache/archives/partial"
	: >"$dir/state/status"
	write_conf "$dir" "$arch" >"$dir/apt.conf"
	APT_CONF=$dir/apt.conf
	say "updating the list of Debian $release's packages"
	apt_lists "$release" ||
		die "apt could not fetch, or could not authenticate, the package lists of Debian $release"
}

# newest_first REGEX: the package names that match, by version; nothing when none does.
newest_first() {
	apt-cache -c "$APT_CONF" pkgnames | grep -E "^$1\$" | sort -rV
}

# pinned PACKAGE[:ARCH]: "PACKAGE=VERSION" of its newest version.
pinned() {
	local version
	version=$(apt-cache -c "$APT_CONF" show --no-all-versions "$1" | sed -n 's/^Version: //p' | head -n 1)
	[ -n "$version" ] || die "Debian has no package $1"
	echo "$1=$version"
}

# versions PACKAGE: all of them, as PACKAGE=VERSION; the newest first.
versions() {
	apt-cache -c "$APT_CONF" madison "$1" | awk '!seen[$3]++ { print $1 "=" $3 }'
}

# depends PACKAGE REGEX: those of its direct dependencies whose names match.
depends() {
	apt-cache -c "$APT_CONF" show --no-all-versions "$1" | sed -n 's/^Depends: //p' | tr ',|' '\n' |
		sed 's/^ *//; s/[ (:].*//' | grep -E "^$2\$" | sort -u
}

# download FOLDER PACKAGE=VERSION...: apt checks every file against the signed lists.
download() {
	local folder=$1
	shift
	say "downloading $*"
	(cd "$folder" && retry 4 apt-get -c "$APT_CONF" -qq download "$@" >&2)
}

# download_changes FOLDER SOURCE=VERSION: what Debian has of its own in a source package, SOURCE_VERSION.debian.tar.xz.
download_changes() {
	local apt=(apt-get -c "$APT_CONF" -qq -o "Dir::Etc::sourcelist=$1/sources.list" -o "Dir::State::lists=$1/lists")
	if [ ! -d "$1/lists" ]; then
		sed 's/^deb /deb-src /; s/ target=Packages//' "${APT_CONF%/*}/sources.list" >"$1/sources.list"
		mkdir -p "$1/lists/partial"
		retry 3 "${apt[@]}" update >&2 </dev/null || return
	fi
	(cd "$1" && "${apt[@]}" source --download-only --diff-only "$2" >&2 </dev/null)
}
