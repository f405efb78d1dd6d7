#!/usr/bin/env python3
"""Writes the prime towers of the field test (lib/Semantics/Towers.inc).

A tower is a Cunningham chain p_0 > ... > p_4, p_i = 2 p_{i+1} + 1, of primes
that are -1 modulo 8 and modulo every odd prime up to 23. Then -1 is a
non-residue and every positive 23-smooth rational is a residue in each field.
"""

import random

COUNT = 64
LEVELS = 5
MODULUS = 8 * 3 * 5 * 7 * 11 * 13 * 17 * 19 * 23
SMALL = [q for q in range(29, 1000) if all(q % r for r in range(2, q))]


def is_prime(n):
    d, s = n - 1, 0
    while d % 2 == 0:
        d, s = d // 2, s + 1
    for a in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37):
        x = pow(a, d, n)
        if x in (1, n - 1):
            continue
        for _ in range(s - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def tower(k):
    """The chain whose last prime is k * MODULUS - 1, or None."""
    chain = [(k * MODULUS << i) - 1 for i in reversed(range(LEVELS))]
    if any(p % q == 0 for q in SMALL for p in chain):
        return None
    return chain if all(is_prime(p) for p in reversed(chain)) else None


def main():
    rng = random.Random(0)
    step = MODULUS << (LEVELS - 1)
    low, high = 2**60 // step + 1, 2**61 // step  # p_0 has 61 bits
    found = set()
    while len(found) < COUNT:
        if chain := tower(rng.randrange(low, high)):
            found.add(tuple(chain))
    print("// Written by utils/gen-towers.py.")
    for chain in sorted(found):
        print("{%s}," % ",\n ".join("%dull" % p for p in chain))


main()
