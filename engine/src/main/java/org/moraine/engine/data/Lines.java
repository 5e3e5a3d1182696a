package org.moraine.engine.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The lines of a stream, one at a time, in bounded memory: a line longer than the limit is skipped and told. Lines end
 * with LF or CRLF; a byte order mark before the first is left out.
 */
final class Lines {

    /** The longest line, in bytes. */
    static final int LIMIT = 4 << 20;

    private final InputStream in;
    private final byte[] buffer = new byte[1 << 16];
    private final CharsetDecoder utf8 = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    private int at;
    private int filled;
    private byte[] line = new byte[1 << 12];
    private int length;
    private boolean tooLong;
    private int number;

    Lines(InputStream in) {
        this.in = in;
    }

    /** Goes to the next line; false at the end of the stream. */
    boolean next() throws IOException {
        length = 0;
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
        number += any ? 1 : 0;
        return any;
    }

    /** The number of the present line, from 1. */
    int number() {
        return number;
    }

    /** The present line's text without its end. */
    String text() throws BadLine {
        if (tooLong) {
            throw new BadLine("", "the line is longer than " + (LIMIT >> 20) + " MiB");
        }
        int from = number == 1 && startsWithMark() ? 3 : 0;
        int to = length > from && line[length - 1] == '\r' ? length - 1 : length;
        try {
            return utf8.decode(ByteBuffer.wrap(line, from, to - from)).toString();
        } catch (CharacterCodingException e) {
            throw new BadLine("", "the line is not UTF-8");
        }
    }

    private boolean startsWithMark() {
        return length >= 3 && line[0] == (byte) 0xEF && line[1] == (byte) 0xBB && line[2] == (byte) 0xBF;
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
        if (tooLong || length + more > LIMIT) {
            tooLong = true;
            return;
        }
        if (length + more > line.length) {
            line = Arrays.copyOf(line, Math.min(LIMIT, Math.max(line.length * 2, length + more)));
        }
        System.arraycopy(buffer, at, line, length, more);
        length += more;
    }
}
