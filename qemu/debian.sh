# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# A private apt: its own sources, lists and (empty) dpkg status below $TCX_CACHE, so that packages of any Debian
# release can be looked up and downloaded by an ordinary user, and the host's apt state is neither used nor changed.
# Sourced after lib.sh. The mirrors are the host's own, asked from apt at run time. The proxy and certificate settings
# are the host's too: apt reads the host's configuration first and ours on top of it.

KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# release_of SERIES: the Debian release that a kernel series is taken from. A new series is one more row.
release_of() {
	case $1 in
	5.10) echo bullseye ;;
	6.1 | 6.12) echo bookworm ;;
	*) die "no Debian release is known for kernel series '$1' (rows stand in qemu/debian.sh, release_of)" ;;
	esac
}

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

# A suite of the security archive alone serves an old release: its main archive moves away when it retires.
write_sources() {
	local release=$1 opts="[arch=amd64 signed-by=$KEYRING target=Packages]" uri
	if [ "$release" != bullseye ]; then
		uri=$(mirror main)
		echo "deb $opts $uri $release main"
	fi
	uri=$(mirror security)
	echo "deb $opts $uri $release-security main"
}

# The host's hooks are cleared: they would run on, and clean, the host's own apt state. The sandbox user is off
# because _apt cannot reach a cache below a private home; signatures are what is relied on, and they are demanded.
write_conf() {
	local dir=$1
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
		APT::Architecture "amd64";
		APT::Architectures "amd64";
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

# apt_open SERIES: sets the private apt up for the series' release and brings its lists up to date.
# The caller holds the cache's lock.
apt_open() {
	local release dir
	need apt-get apt
	need dpkg-deb dpkg
	[ -r "$KEYRING" ] || die "$KEYRING is missing: apt-get install debian-archive-keyring"
	release=$(release_of "$1")
	dir=$TCX_CACHE/apt/$release
	mkdir -p "$dir/state/lists/partial" "$dir/cache/archives/partial"
	: >"$dir/state/status"
	write_sources "$release" >"$dir/sources.list.new"
	mv "$dir/sources.list.new" "$dir/sources.list"
	write_conf "$dir" >"$dir/apt.conf"
	APT_CONF=$dir/apt.conf
	say "updating the list of Debian $release's packages"
	retry 3 apt-get -c "$APT_CONF" -qq update >&2 ||
		die "apt could not fetch, or could not authenticate, the package lists of Debian $release"
}

# newest REGEX: the last, by version, of the package names that match; nothing when none does.
newest() {
	apt-cache -c "$APT_CONF" pkgnames | grep -E "^$1\$" | sort -V | tail -n 1
}

# pinned PACKAGE: "PACKAGE=VERSION" of its newest version.
pinned() {
	local version
	version=$(apt-cache -c "$APT_CONF" show --no-all-versions "$1" | sed -n 's/^Version: //p' | head -n 1)
	[ -n "$version" ] || die "Debian has no package $1"
	echo "$1=$version"
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
	(cd "$folder" && retry 4 apt-get -c "$APT_CONF" -qq download "$@" >&2) ||
		die "the download failed: $*"
}
