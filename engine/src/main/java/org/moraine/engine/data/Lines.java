package org.moraine.engine.data;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The lines of a stream, one at a time, in bounded memory: a line longer than the limit is skipped and told. Lines end
 * with LF or CRLF; a byte order mark before the first is left out.
 */
final class Lines {

    /** The longest line, in bytes. */
    static final int LIMIT = 4 << 20;

    private static final VarHandle EIGHT_BYTES =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long HIGH_BITS = 0x8080808080808080L;

    private final InputStream in;
    private final byte[] buffer = new byte[1 << 16];
    private int at;
    private int filled;
    private byte[] line = new byte[1 << 12];
    private int from;
    private int to;
    private boolean tooLong;
    private int number;

    Lines(InputStream in) {
        this.in = in;
    }

    /** Goes to the next line; false at the end of the stream. */
    boolean next() throws IOException {
        to = 0;
        tooLong = false;
        boolean any = false;
        while (fill()) {
            any = true;
            int end = at;
            while (end < filled && buffer[end] != '\n') {
                end++;
            }
            take(end);
            if (end < filled) {
                at = end + 1;
                break;
            }
            at = end;
        }
        if (any) {
            number = Math.incrementExact(number);
            from = number == 1 && startsWith(0xEF, 0xBB, 0xBF) ? 3 : 0;
            to -= to > from && line[to - 1] == '\r' ? 1 : 0;
        }
        return any;
    }

    /** The number of the present line, from 1. */
    int number() {
        return number;
    }

    /** The bytes that hold the present line without its end, from {@link #from} up to {@link #to}; valid until the next. */
    byte[] bytes() {
        return line;
    }

    int from() {
        return from;
    }

    int to() {
        return to;
    }

    /** Whether there is nothing but white space in the present line. */
    boolean isBlank() {
        for (int i = from; i < to; i++) {
            if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r') {
                return false;
            }
        }
        return !tooLong;
    }

    /** Throws where the present line is too long to be held, or is not UTF-8. */
    void require() throws BadLine {
        if (tooLong) {
            throw new BadLine("", "the line is longer than " + (LIMIT >> 20) + " MiB");
        }
        int bad = firstNoUtf8();
        if (bad >= 0) {
            boolean wide = number == 1 && (startsWith(0xFF, 0xFE) || startsWith(0xFE, 0xFF));
            throw BadLine.at(bad - from, wide ? "the file is UTF-16, and has to be UTF-8" : "the line is not UTF-8");
        }
    }

    /** The column of a byte of the present line, in characters and from 1. */
    int column(int offset) {
        int column = 1;
        for (int i = from; i < Math.min(to, from + offset); i++) {
            column += (line[i] & 0xC0) == 0x80 ? 0 : 1;
        }
        return column;
    }

    /** 64 bits that differ for different lines, but for one chance in 2^64. */
    long fingerprint() {
        long hash = to - from;
        int i = from;
        for (; i + 8 <= to; i += 8) {
            hash = mixed(hash ^ (long) EIGHT_BYTES.get(line, i));
        }
        for (; i < to; i++) {
            hash = mixed(hash ^ line[i]);
        }
        return hash;
    }

    private static long mixed(long bits) {
        long product = bits * 0x9E3779B97F4A7C15L;
        return product ^ product >>> 32;
    }

    /** The first byte that does not go on as UTF-8 does, -1 where all do. */
    private int firstNoUtf8() {
        int i = from;
        while (i < to) {
            if (i + 8 <= to && ((long) EIGHT_BYTES.get(line, i) & HIGH_BITS) == 0) {
                i += 8;
                continue;
            }
            int length = sequence(i);
            if (length == 0) {
                return i;
            }
            i += length;
        }
        return -1;
    }

    /** The length of the character that begins here, 0 where none does; Unicode's table 3-7. */
    private int sequence(int i) {
        int first = line[i] & 0xFF;
        if (first < 0x80) {
            return 1;
        }
        int length = first < 0xC2 || first > 0xF4 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
        if (length == 0 || i + length > to) {
            return 0;
        }
        int second = line[i + 1] & 0xFF;
        int least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
        int most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
        if (second < least || second > most) {
            return 0;
        }
        for (int k = 2; k < length; k++) {
            if ((line[i + k] & 0xC0) != 0x80) {
                return 0;
            }
        }
        return length;
    }

    private boolean startsWith(int... signs) {
        for (int i = 0; i < signs.length; i++) {
            if (i >= to || (line[i] & 0xFF) != signs[i]) {
                return false;
            }
        }
        return true;
    }

    private boolean fill() throws IOException {
        if (at < filled) {
            return true;
        }
        at = 0;
        filled = Math.max(0, in.read(buffer));
        return filled > 0;
    }

    private void take(int end) {
        int more = end - at;
        if (tooLong || to + more > LIMIT) {
            tooLong = true;
            return;
        }
        if (to + more > line.length) {
            line = Arrays.copyOf(line, Math.min(LIMIT, Math.max(line.length * 2, to + more)));
        }
        System.arraycopy(buffer, at, line, to, more);
        to += more;
    }
}
