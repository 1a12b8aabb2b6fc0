"""AES-256 encryption of one block (FIPS 197), from the standard's text; slow and plain."""


def _times(a, b):
    """Product in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1."""
    out = 0
    while b:
        out ^= a if b & 1 else 0
        a = (a << 1) ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return out


def _sbox():
    out = []
    for value in range(256):
        inverse = next((x for x in range(256) if _times(value, x) == 1), 0)
        rotated = [(inverse << n | inverse >> 8 - n) & 0xFF for n in range(5)]
        out.append(rotated[0] ^ rotated[1] ^ rotated[2] ^ rotated[3] ^ rotated[4] ^ 0x63)
    return out


SBOX = _sbox()


def _schedule(key):
    """Fifteen round keys of 16 bytes."""
    words = [list(key[i:i + 4]) for i in range(0, 32, 4)]
    factor = 1
    for i in range(8, 60):
        word = list(words[i - 1])
        if i % 8 == 0:
            word = [SBOX[x] for x in word[1:] + word[:1]]
            word[0] ^= factor
            factor = _times(factor, 2)
        elif i % 8 == 4:
            word = [SBOX[x] for x in word]
        words.append([x ^ y for x, y in zip(words[i - 8], word)])
    return [sum(words[i:i + 4], []) for i in range(0, 60, 4)]


def _mix(column):
    matrix = [(2, 3, 1, 1), (1, 2, 3, 1), (1, 1, 2, 3), (3, 1, 1, 2)]
    products = ([_times(x, y) for x, y in zip(row, column)] for row in matrix)
    return [a ^ b ^ c ^ d for a, b, c, d in products]


def encrypt(key, block):
    """The block of 16 bytes under a key of 32."""
    first, *rounds = _schedule(key)
    state = [x ^ y for x, y in zip(block, first)]
    for number, round_key in enumerate(rounds):
        state = [SBOX[x] for x in state]
        state = [state[(4 * (i // 4 + i % 4) + i % 4) % 16] for i in range(16)]
        if number < 13:
            state = sum((_mix(state[i:i + 4]) for i in range(0, 16, 4)), [])
        state = [x ^ y for x, y in zip(state, round_key)]
    return bytes(state)


# FIPS 197, appendix C.3.
_example = encrypt(bytes(range(32)), bytes(0x11 * i for i in range(16)))
assert _example.hex() == "8ea2b7ca516745bfeafc49904b496089"
