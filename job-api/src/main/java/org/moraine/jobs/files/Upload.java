package org.moraine.jobs.files;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
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
import org.moraine.contracts.TeamName;

/**
 * One multipart upload as it is read from the wire: the part {@code file} goes into object storage while it comes, the
 * others are kept, and what they say is judged at the end, since they may come in any order. What is refused leaves
 * nothing behind.
 */
final class Upload {

    private static final int LONGEST_FIELD = 4096;
    private static final int MOST_PARTS = 16;
    private static final Duration SHORTEST_LIFE = Duration.ofHours(1);
    private static final Duration LONGEST_LIFE = Duration.ofDays(30);

    private final StoredFiles files;
    private final long largest;
    private final Map<String, String> fields = new HashMap<>();
    private @Nullable Blob blob;
    private String name = "file";

    Upload(StoredFiles files, long largest) {
        this.files = files;
        this.largest = largest;
    }

    /** Reads the body to its end and makes the file; throws {@link Refused} where something is wrong with it. */
    StoredFile read(TeamName team, String contentType, InputStream body) throws IOException {
        boolean kept = false;
        try {
            readParts(new Body(contentType, new Received(body)));
            if (blob == null) {
                throw Refused.invalid("file", "The part 'file' is missing");
            }
            StoredFile file = files.add(team, name, purpose(), blob, life());
            kept = true;
            return file;
        } catch (FileUploadException | MalformedStreamException e) {
            throw Refused.invalid("file", "The multipart body is broken: " + e.getMessage());
        } finally {
            if (!kept && blob != null) {
                files.discard(blob);
            }
        }
    }

    private void readParts(Body body) throws IOException, FileUploadException {
        FileUpload reader = new FileUpload();
        reader.setHeaderEncoding(StandardCharsets.UTF_8.name());
        FileItemIterator parts = reader.getItemIterator(body);
        for (int count = 0; parts.hasNext(); count++) {
            FileItemStream part = parts.next();
            if (count == MOST_PARTS) {
                throw Refused.invalid("file", "The body has more than " + MOST_PARTS + " parts");
            }
            InputStream bytes = part.openStream(); // closing it would read all that is left, also of what is refused
            if (part.getFieldName().equals("file")) {
                readFile(part, bytes);
            } else {
                fields.put(part.getFieldName(), text(part.getFieldName(), bytes));
            }
        }
    }

    private void readFile(FileItemStream part, InputStream bytes) throws IOException {
        if (blob != null) {
            throw Refused.invalid("file", "The part 'file' stands twice");
        }
        if (fields.containsKey("purpose")) {
            purpose(); // refused before the bytes, where it can be
        }
        String given = part.getName();
        if (given != null && !given.isBlank()) {
            name = given.substring(Math.max(given.lastIndexOf('/'), given.lastIndexOf('\\')) + 1)
                    .replaceAll("\\p{Cntrl}", "");
        }
        blob = files.store(new Limited(bytes, largest));
    }

    private static String text(String field, InputStream bytes) throws IOException {
        byte[] value = bytes.readNBytes(LONGEST_FIELD + 1);
        if (value.length > LONGEST_FIELD) {
            throw Refused.invalid(field, "The part '" + field + "' is longer than " + LONGEST_FIELD + " bytes");
        }
        return new String(value, StandardCharsets.UTF_8);
    }

    private Purpose purpose() {
        String purpose = fields.get("purpose");
        if (purpose == null) {
            throw Refused.invalid("purpose", "The part 'purpose' is missing; for training data it is 'fine-tune'");
        }
        return Purpose.ofUpload(purpose);
    }

    private @Nullable Duration life() {
        String seconds = fields.get("expires_after[seconds]");
        String anchor = fields.get("expires_after[anchor]");
        if (seconds == null && anchor == null) {
            return null;
        }
        if (!"created_at".equals(anchor)) {
            throw Refused.invalid("expires_after[anchor]", "The anchor is 'created_at'");
        }
        if (seconds == null || !seconds.matches("[0-9]{1,9}")) {
            throw Refused.invalid("expires_after[seconds]", "expires_after[seconds] is a whole number of seconds");
        }
        Duration life = Duration.ofSeconds(Long.parseLong(seconds));
        if (life.compareTo(SHORTEST_LIFE) < 0 || life.compareTo(LONGEST_LIFE) > 0) {
            throw Refused.invalid(
                    "expires_after[seconds]",
                    "expires_after[seconds] is from " + SHORTEST_LIFE.toSeconds() + " to " + LONGEST_LIFE.toSeconds());
        }
        return life;
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

        private final long most;
        private long count;

        Limited(InputStream in, long most) {
            super(in);
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
                throw Refused.tooLarge("file", "A file has at most " + most + " bytes");
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
