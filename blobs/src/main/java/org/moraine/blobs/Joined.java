package org.moraine.blobs;

import java.io.IOException;
import java.io.InputStream;
import java.util.Iterator;
import java.util.List;

/** Streams one after another as one; each is opened when the one before has ended. */
final class Joined extends InputStream {

    private final Iterator<Part> left;
    private InputStream open = InputStream.nullInputStream();

    Joined(List<Part> parts) {
        this.left = parts.iterator();
    }

    /** One of the streams, not open yet. */
    interface Part {
        InputStream open() throws IOException;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int from, int length) throws IOException {
        int read = open.read(buffer, from, length);
        while (read < 0 && left.hasNext()) {
            open.close();
            open = left.next().open();
            read = open.read(buffer, from, length);
        }
        return read;
    }

    @Override
    public void close() throws IOException {
        open.close();
    }
}
