# SPDX-License-Identifier: GPL-2.0
#
# Paths that make, kbuild and the shell agree on. Included by every Makefile
# that people call:
#
#   $(call check-paths,NAME...)   refuses what these variables name otherwise

tcx-empty :=
tcx-space := $(tcx-empty) $(tcx-empty)
tcx-hash := \#
tcx-unusable := : ; % $(tcx-hash) $$ ' " ` \ & | < > ( ) * ? [ ] { } !

# Anything at all if the value cannot be used.
tcx-bad-path = $(filter-out 1,$(words $1))$(filter ~%,$1)$(if \
	$(findstring $(tcx-space),x$1x),space)$(foreach \
	c,$(tcx-unusable),$(findstring $c,$1))

tcx-check-path = $(if $($1),$(if $(strip $(call tcx-bad-path,$($1))),$(error \
	$1 is '$($1)': kbuild and make cannot use a path with spaces or one of \
	$(tcx-unusable))))

check-paths = $(foreach v,$1,$(call tcx-check-path,$v))

$(call check-paths,CURDIR)
