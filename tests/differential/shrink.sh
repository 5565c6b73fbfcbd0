# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2154 # work and out are those of run
# Sourced by tests/differential/run: looks for the shortest sequence of operations on which native tcx and the module
# still differ. Many sequences are tried in one boot of each, every one in a new world, so that a handful of boots do.
#
# A sequence is a list of line numbers of $work/operations, on one line.

# world_of FILE NUMBER: the transcript of a world.
world_of() {
	zcat "$1" | awk -v number="$2" '
		/^world / {
			for (i = 1; i <= n && $2 == number; i++)
				print line[i]
			n = 0
			next
		}
		{ line[++n] = $0 }'
}

# try_all NAME SEQUENCES: prints those of them on which NAME differs, the shortest first.
try_all() {
	echo "--replay /differential/operations /differential/sequences" >"$work/arguments"
	cp "$2" "$work/sequences"
	guests "$work/arguments" shrink native "$1" -- "$work/operations" "$work/sequences"
	boots=$((boots + 1))
	paste -d ' ' <(zcat "$out/native.shrink.gz" | grep '^world ') <(zcat "$out/$1.shrink.gz" | grep '^world ') |
		awk '$3 != $6 { print $2 + 1 }' >"$work/differing"
	awk 'NR == FNR { differs[$1]; next } FNR in differs { print NF, $0 }' "$work/differing" "$2" |
		sort -sn | sed 's/^[0-9]* //'
}

# without SEQUENCE CHUNKS: the sequence less each of its halves, quarters and so on, down to single operations or, if it
# is long, to the number of chunks given. After each line stands, after a #, what was left out.
without() {
	awk -v chunks="$2" '{
		for (parts = 2; ; parts *= 2) {
			size = int((NF + parts - 1) / parts)
			for (from = 1; from <= NF; from += size) {
				kept = gone = ""
				for (i = 1; i <= NF; i++)
					if (i >= from && i < from + size)
						gone = gone " " $i
					else
						kept = kept " " $i
				print substr(kept, 2) " #" gone
			}
			if (size == 1 || parts * 2 > chunks)
				break
		}
	}' <<<"$1"
}

# together SEQUENCE LISTS: the sequence less several at a time of the lists of operations in the file LISTS, each of which
# can be left out by itself: all of them, all but one part, and random ones.
together() {
	awk -v sequence="$1" 'BEGIN { srand(1) }
		{ list[++lists] = $0 }
		END {
			length_of = split(sequence, op)
			for (try = 0; try < 60; try++) {
				delete gone
				share = try < 20 ? 1 - try / 20 : try < 40 ? try / 40 : rand()
				for (l = 1; l <= lists; l++) {
					if (try >= 40 || try == 0)
						take = rand() <= (try ? share : 1)
					else if (try < 20)
						take = l <= lists * share
					else
						take = l > lists * share
					if (!take)
						continue
					n = split(list[l], out)
					for (i = 1; i <= n; i++)
						gone[out[i]]
				}
				kept = ""
				for (i = 1; i <= length_of; i++)
					if (!(op[i] in gone))
						kept = kept " " op[i]
				print substr(kept, 2)
			}
		}' "$2" | sort -u
}

# shrink_once NAME CHUNKS: makes $sequence shorter; fails if it cannot be by leaving out any of so many parts. $certain
# says whether the sequence has been seen to differ.
shrink_once() {
	without "$sequence" "$2" >"$work/candidates"
	sed 's/ *#.*//' "$work/candidates" >"$work/first"
	[ -n "$certain" ] || echo "$sequence" >>"$work/first"
	try_all "$1" "$work/first" >"$work/fit"
	[ ! -s "$work/fit" ] || certain=yes
	awk -F ' *#' 'NR == FNR { fit[$1]; next } $1 in fit { print $2 }' "$work/fit" "$work/candidates" >"$work/spare"
	[ -s "$work/spare" ] || return 1
	together "$sequence" "$work/spare" >"$work/second"
	head -n 1 "$work/fit" >>"$work/second"
	try_all "$1" "$work/second" >"$work/both"
	cat "$work/fit" >>"$work/both"
	sequence=$(awk '{ print NF, $0 }' "$work/both" | sort -sn | sed -n '1s/^[0-9]* //p')
}

# simplify NAME: leaves out words of the remaining operations. The file gets a line for each operation with one word
# less, which takes the operation's place; words that can go are then left out together.
simplify() {
	for _ in 1 2 3; do
		awk -v sequence="$sequence" '
			BEGIN { n = split(sequence, keep) }
			{ line[NR] = $0 }
			END {
				for (i = 1; i <= n; i++) {
					print "=", line[keep[i]]
					words = split(line[keep[i]], word)
					for (w = 2; w <= words; w++) {
						# Without these it would be another operation.
						if (word[w] ~ /^(dev[0-9]|in|out|primary|peer|bad|link=|cap=|want=)/)
							continue
						text = ""
						for (j = 1; j <= words; j++)
							if (j != w)
								text = text (j > 1 ? " " : "") word[j]
						print "-", text
					}
				}
			}' "$work/operations" >"$work/variants"
		grep -q '^-' "$work/variants" || return 0
		cut -c 3- "$work/variants" >"$work/operations"
		sequence=$(grep -n '^=' "$work/variants" | cut -d : -f 1 | tr '\n' ' ')
		# Each variant in its original's place.
		awk -v sequence="$sequence" '
			BEGIN { n = split(sequence, keep) }
			/^=/ { original = NR }
			/^-/ {
				text = ""
				for (i = 1; i <= n; i++)
					text = text " " (keep[i] == original ? NR : keep[i])
				print substr(text, 2)
			}' "$work/variants" >"$work/first"
		try_all "$1" "$work/first" >"$work/fit"
		[ -s "$work/fit" ] || return 0
		# One variant for as many operations as have any that fits; then fewer.
		awk -v sequence="$sequence" '
			BEGIN { n = split(sequence, keep); srand(1) }
			{
				for (i = 1; i <= n; i++)
					if ($i != keep[i])
						better[i] = better[i] " " $i
			}
			END {
				for (try = 0; try < 40; try++) {
					text = ""
					for (i = 1; i <= n; i++) {
						count = split(better[i], choice)
						take = count && (try < 4 || rand() < .6)
						text = text " " (take ? choice[1 + int(rand() * count)] : keep[i])
						changed += take
					}
					print substr(text, 2)
				}
			}' "$work/fit" | sort -u >"$work/second"
		# Prefer what has the fewest words.
		try_all "$1" "$work/second" >"$work/both"
		cat "$work/fit" >>"$work/both"
		sequence=$(awk 'NR == FNR { words[FNR] = NF; next }
			{ sum = 0; for (i = 1; i <= NF; i++) sum += words[$i]; print sum, $0 }' \
			"$work/operations" "$work/both" | sort -sn | sed -n '1s/^[0-9]* //p')
	done
}

# shrink_world NAME WORLD: leaves alone what run compares the other kernels with.
shrink_world() {
	local name=$1 world=$2 line sequence chunks certain='' boots=0 started=$SECONDS
	world_of "$out/native.worlds.gz" "$world" >"$work/native.world"
	world_of "$out/$name.worlds.gz" "$world" >"$work/other.world"
	line=$(cmp "$work/native.world" "$work/other.world" | sed -n 's/.* line //p')
	[ -n "$line" ] || line=$(wc -l <"$work/native.world")
	echo "$name, world $world: the first difference is in line $line"
	echo "  native  $(sed -n "${line}p" "$work/native.world")"
	echo "  here    $(sed -n "${line}p" "$work/other.world")"
	head -n "$line" "$work/native.world" | sed 's/ =.*//' >"$work/operations"
	sequence=$(seq -s ' ' "$line")
	for chunks in 64 64 256 256 256 256; do
		[ "$(wc -w <<<"$sequence")" -gt 1 ] || break
		shrink_once "$name" "$chunks" || [ "$chunks" -lt "$(wc -w <<<"$sequence")" ] || break
	done
	if [ -z "$certain" ]; then
		echo "  carried out once more, these operations do not differ: $out/$name.worlds.gz has the transcript"
		return
	fi
	if [ -z "$sequence" ]; then
		echo "  no operation is needed for that: see what is asked at the end of every world"
		return
	fi
	simplify "$name"
	# An operation may have become idle by that.
	[ "$(wc -w <<<"$sequence")" -le 1 ] || shrink_once "$name" 256 || true
	tr ' ' '\n' <<<"$sequence" | grep . >"$work/lines"
	awk 'NR == FNR { line[FNR] = $0; next } { print line[$1] }' "$work/operations" "$work/lines" >"$work/short"
	cp "$work/short" "$out/$name-$world.operations"
	cp "$work/short" "$work/operations"
	echo "--print /differential/operations" >"$work/arguments"
	guests "$work/arguments" shrink native "$name" -- "$work/operations"
	echo "  shortest: $(wc -l <"$work/short") operations ($boots boots, $((SECONDS - started)) s); repeat it with --replay" \
		"build/tests/differential/$name-$world.operations"
	transcript "$out/native.shrink.gz" | head -n "$(wc -l <"$work/short")" | sed 's/^/  native  /'
	diff <(transcript "$out/native.shrink.gz") <(transcript "$out/$name.shrink.gz") | grep '^>' | grep -v '^> world' |
		sed 's/^>/  here   /'
}
