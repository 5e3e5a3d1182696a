package org.moraine.registry.hub;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which bytes of a file are asked for (RFC 9110, section 14).
 *
 * @param from the first byte
 * @param length how many, 0 where the file has none of those asked for
 */
record ByteRange(long from, long length) {

    private static final Pattern ONE = Pattern.compile("bytes=([0-9]*)-([0-9]*)");
    private static final long BEYOND_ANY_FILE = 1_000_000_000_000_000_000L;

    /**
     * Reads a {@code Range} header. Empty where the whole file is to be sent: no header, one that is not understood, or
     * one that asks for several ranges, all of which a server may ignore.
     */
    static Optional<ByteRange> of(@Nullable String header, long size) {
        Matcher range = ONE.matcher(header == null ? "" : header.replace(" ", ""));
        if (!range.matches()) {
            return Optional.empty();
        }
        String first = range.group(1);
        String last = range.group(2);
        if (first.isEmpty() && last.isEmpty()) {
            return Optional.empty();
        }
        if (first.isEmpty()) {
            long length = Math.min(number(last), size);
            return Optional.of(new ByteRange(size - length, length));
        }
        long from = number(first);
        if (!last.isEmpty() && number(last) < from) {
            return Optional.empty();
        }
        long end = last.isEmpty() ? size : Math.min(number(last) + 1, size);
        return Optional.of(new ByteRange(from, Math.max(0, end - from)));
    }

    /** What has more digits than any file has bytes counts as that. */
    private static long number(String digits) {
        return digits.length() > 18 ? BEYOND_ANY_FILE : Long.parseLong(digits);
    }

    boolean isPastTheEnd() {
        return length == 0;
    }

    /** The {@code Content-Range} header. */
    String of(long size) {
        return isPastTheEnd() ? "bytes */" + size : "bytes " + from + "-" + (from + length - 1) + "/" + size;
    }
}
