/* SPDX-License-Identifier: GPL-2.0 */
/* Numbered packets: frames of a protocol of nobody's, with their number, from 0 on,
 * behind the header.
 */
#ifndef TESTS_VM_NUMBERED_H
#define TESTS_VM_NUMBERED_H

#define NUMBERED_PROTO	0x88b5		/* for local experiments */
#define NUMBERED_OFFSET	14
#define NUMBERED_MOST	(1 << 18)

#endif /* TESTS_VM_NUMBERED_H */
