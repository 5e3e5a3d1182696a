package org.moraine.jobs.files;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.apache.commons.fileupload.FileItemIterator;
import org.apache.commons.fileupload.FileItemStream;
import org.apache.commons.fileupload.FileUpload;
import org.apache.commons.fileupload.FileUploadException;
import org.apache.commons.fileupload.MultipartStream.MalformedStreamException;
import org.apache.commons.fileupload.UploadContext;
import org.jspecify.annotations.Nullable;
import org.moraine.blobs.Blob;
import org.moraine.contracts.Refused;

/**
 * One multipart request as it is read from the wire: one part goes into object storage while it comes, the others are
 * kept, and what they say is judged at the end, since they may come in any order. What is refused leaves nothing behind.
 */
final class MultipartBody {

    private static final int LONGEST_FIELD = 4096;
    private static final int MOST_PARTS = 16;

    private final StoredFiles files;
    private final String part;
    private final long largest;
    private final Map<String, String> fields = new HashMap<>();
    private @Nullable Blob blob;
    private String name;

    /**
     * Takes the name of the part that is stored.
     *
     * @param largest how many bytes it may have
     */
    MultipartBody(StoredFiles files, String part, long largest) {
        this.files = files;
        this.part = part;
        this.largest = largest;
        this.name = part;
    }

    /** What becomes of the stored part; what it refuses is removed again. */
    interface Use<T> {
        T of(Blob blob);
    }

    /**
     * Reads the body to its end; throws {@link Refused} where something is wrong with it.
     *
     * @param beforeBytes looks at the fields that came before the bytes, to refuse what it can
     */
    <T> T read(String contentType, InputStream body, Runnable beforeBytes, Use<T> use) throws IOException {
        boolean kept = false;
        try {
            readParts(new Body(contentType, new Received(body)), beforeBytes);
            if (blob == null) {
                throw Refused.invalid(part, "The part '" + part + "' is missing");
            }
            T made = use.of(blob);
            kept = true;
            return made;
        } catch (FileUploadException | MalformedStreamException e) {
            throw Refused.invalid(part, "The multipart body is broken: " + e.getMessage());
        } finally {
            if (!kept && blob != null) {
                files.discard(blob);
            }
        }
    }

    /** The text of a part that is not stored; null where it has not come. */
    @Nullable
    String field(String field) {
        return fields.get(field);
    }

    /** The name that the stored part's file has at the caller, without folders. */
    String name() {
        return name;
    }

    private void readParts(Body body, Runnable beforeBytes) throws IOException, FileUploadException {
        FileUpload reader = new FileUpload();
        reader.setHeaderEncoding(StandardCharsets.UTF_8.name());
        FileItemIterator parts = reader.getItemIterator(body);
        for (int count = 0; parts.hasNext(); count++) {
            FileItemStream next = parts.next();
            if (count == MOST_PARTS) {
                throw Refused.invalid(part, "The body has more than " + MOST_PARTS + " parts");
            }
            InputStream bytes = next.openStream(); // closing it would read all that is left, also of what is refused
            if (next.getFieldName().equals(part)) {
                beforeBytes.run();
                store(next, bytes);
            } else {
                fields.put(next.getFieldName(), text(next.getFieldName(), bytes));
            }
        }
    }

    private void store(FileItemStream next, InputStream bytes) throws IOException {
        if (blob != null) {
            throw Refused.invalid(part, "The part '" + part + "' stands twice");
        }
        String given = next.getName();
        if (given != null && !given.isBlank()) {
            name = given.substring(Math.max(given.lastIndexOf('/'), given.lastIndexOf('\\')) + 1)
                    .replaceAll("\\p{Cntrl}", "");
        }
        blob = files.store(new Limited(bytes, part, largest));
    }

    private static String text(String field, InputStream bytes) throws IOException {
        byte[] value = bytes.readNBytes(LONGEST_FIELD + 1);
        if (value.length > LONGEST_FIELD) {
            throw Refused.invalid(field, "The part '" + field + "' is longer than " + LONGEST_FIELD + " bytes");
        }
        return new String(value, StandardCharsets.UTF_8);
    }

    /** The request as the multipart reader wants to see it. */
    private record Body(String contentType, InputStream stream) implements UploadContext {

        @Override
        public String getCharacterEncoding() {
            return StandardCharsets.UTF_8.name();
        }

        @Override
        public String getContentType() {
            return contentType;
        }

        @Override
        @Deprecated
        public int getContentLength() {
            return -1;
        }

        @Override
        public long contentLength() {
            return -1;
        }

        @Override
        public InputStream getInputStream() {
            return stream;
        }
    }

    /** A stream that refuses to give more than so many bytes. */
    private static final class Limited extends FilterInputStream {

        private final String part;
        private final long most;
        private long count;

        Limited(InputStream in, String part, long most) {
            super(in);
            this.part = part;
            this.most = most;
        }

        @Override
        public int read() throws IOException {
            int value = super.read();
            count(value < 0 ? 0 : 1);
            return value;
        }

        @Override
        public int read(byte[] buffer, int from, int length) throws IOException {
            int read = super.read(buffer, from, length);
            count(Math.max(0, read));
            return read;
        }

        private void count(int more) {
            count += more;
            if (count > most) {
                throw Refused.tooLarge(part, "The part '" + part + "' has at most " + most + " bytes");
            }
        }
    }

    /** The request's bytes; where the client breaks off it is the client's fault, and nobody is there to read so. */
    private static final class Received extends FilterInputStream {

        Received(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            try {
                return super.read();
            } catch (IOException e) {
                throw brokenOff(e);
            }
        }

        @Override
        public int read(byte[] buffer, int from, int length) throws IOException {
            try {
                return super.read(buffer, from, length);
            } catch (IOException e) {
                throw brokenOff(e);
            }
        }

        private static Refused brokenOff(IOException e) {
            return Refused.invalid("file", "The request broke off: " + e.getMessage());
        }
    }
}
