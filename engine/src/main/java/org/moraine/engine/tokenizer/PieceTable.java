package org.moraine.engine.tokenizer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Short pieces of text and what they encode to, each in one array, so that a look takes two reads of far memory: a place
 * in an open table and the array there. Read by any number of threads while others add.
 */
final class PieceTable {

    /** The longest piece, in chars. */
    static final int LONGEST = 32;

    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(int[][].class);
    private static final int FIRST_SLOTS = 1 << 12;

    private final int most;
    private volatile int[] @Nullable [] slots = new int[FIRST_SLOTS][];
    private volatile int size;

    /** @param most pieces that are kept */
    PieceTable(int most) {
        this.most = most;
    }

    /**
     * Finds a piece.
     *
     * @param from its first char in the text
     * @param to one past its last
     * @return what {@link #ids}, {@link #start} and the others read; null where it is not kept
     */
    int @Nullable [] find(String text, int from, int to) {
        int[] @Nullable [] now = slots;
        return now[slot(now, text, from, to)];
    }

    /** Whether no piece is kept any more. */
    boolean isFull() {
        return size == most;
    }

    /** Keeps a piece, unless there are as many as are kept; what is kept is given back, and where nothing is, null. */
    synchronized int @Nullable [] add(String text, int from, int to, Tokenizer.Spans spans) {
        int[] @Nullable [] now = slots;
        int slot = slot(now, text, from, to);
        if (now[slot] != null || size == most) {
            return now[slot];
        }
        if (2 * size >= now.length) {
            now = grown(now);
            slots = now;
            slot = slot(now, text, from, to);
        }
        int[] entry = entry(text, from, to, spans);
        SLOT.setRelease(now, slot, entry);
        size = size + 1;
        return entry;
    }

    /** The place of a piece, or the free one where it would be. */
    private static int slot(int[] @Nullable [] slots, String text, int from, int to) {
        int mask = slots.length - 1;
        int slot = hash(text, from, to) & mask;
        while (true) {
            int[] entry = (int[]) SLOT.getAcquire(slots, slot);
            if (entry == null || is(entry, text, from, to)) {
                return slot;
            }
            slot = (slot + 1) & mask;
        }
    }

    private static int[] @Nullable [] grown(int[] @Nullable [] slots) {
        int[] @Nullable [] wider = new int[2 * slots.length][];
        for (int[] entry : slots) {
            if (entry != null) {
                String piece = text(entry);
                wider[slot(wider, piece, 0, piece.length())] = entry;
            }
        }
        return wider;
    }

    private static int hash(String text, int from, int to) {
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = 31 * hash + text.charAt(i);
        }
        hash *= 0x9E3779B9;
        return hash ^ (hash >>> 15);
    }

    /** Length, the piece's chars two by two, the ids, and where each starts and ends. */
    private static int[] entry(String text, int from, int to, Tokenizer.Spans spans) {
        int count = spans.ids().length;
        int[] entry = new int[1 + words(to - from) + 2 * count];
        entry[0] = to - from;
        for (int i = 0; i < to - from; i++) {
            entry[1 + i / 2] |= text.charAt(from + i) << (16 * (i % 2));
        }
        int at = 1 + words(to - from);
        for (int i = 0; i < count; i++) {
            entry[at + i] = spans.ids()[i];
            entry[at + count + i] = (spans.starts()[i] << 16) | (spans.ends()[i] & 0xFFFF);
        }
        return entry;
    }

    private static boolean is(int[] entry, String text, int from, int to) {
        if (entry[0] != to - from) {
            return false;
        }
        for (int i = 0; i < to - from; i++) {
            if (charAt(entry, i) != text.charAt(from + i)) {
                return false;
            }
        }
        return true;
    }

    private static String text(int[] entry) {
        char[] chars = new char[entry[0]];
        for (int i = 0; i < chars.length; i++) {
            chars[i] = charAt(entry, i);
        }
        return new String(chars);
    }

    private static char charAt(int[] entry, int i) {
        return (char) (entry[1 + i / 2] >>> (16 * (i % 2)));
    }

    private static int words(int chars) {
        return (chars + 1) / 2;
    }

    /** Where an entry's ids are: from here on as many as {@link #count} says. */
    static int ids(int[] entry) {
        return 1 + words(entry[0]);
    }

    /** How many ids a piece encodes to. */
    static int count(int[] entry) {
        return (entry.length - ids(entry)) / 2;
    }

    /** The first char of id {@code i} within the piece, -1 where it stands for none. */
    static int start(int[] entry, int i) {
        return entry[ids(entry) + count(entry) + i] >> 16;
    }

    /** One past the last char of id {@code i} within the piece, -1 where it stands for none. */
    static int end(int[] entry, int i) {
        return (short) entry[ids(entry) + count(entry) + i];
    }
}
