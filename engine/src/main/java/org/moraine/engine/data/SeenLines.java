package org.moraine.engine.data;

/** The fingerprints of lines that came before, up to a million of them. */
final class SeenLines {

    private static final int MOST = 1 << 20;

    private long[] slots = new long[1 << 10];
    private int size;

    /** Whether this one came before; where it did not, it has now. */
    boolean add(long fingerprint) {
        long mark = fingerprint == 0 ? 1 : fingerprint; // 0 is a free slot
        int slot = slot(slots, mark);
        if (slots[slot] == mark) {
            return true;
        }
        if (size < MOST) {
            slots[slot] = mark;
            size++;
            if (size * 2 > slots.length) {
                grow();
            }
        }
        return false;
    }

    private void grow() {
        long[] larger = new long[slots.length * 2];
        for (long mark : slots) {
            if (mark != 0) {
                larger[slot(larger, mark)] = mark;
            }
        }
        slots = larger;
    }

    private static int slot(long[] slots, long mark) {
        int slot = (int) (mark >>> 20) & slots.length - 1;
        while (slots[slot] != 0 && slots[slot] != mark) {
            slot = slot + 1 & slots.length - 1;
        }
        return slot;
    }
}
