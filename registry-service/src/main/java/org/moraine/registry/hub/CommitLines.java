package org.moraine.registry.hub;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.moraine.blobs.Blob;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Manifest;
import org.moraine.contracts.Refused;
import org.moraine.registry.blob.Blobs;
import org.moraine.registry.blob.Receiving;
import org.moraine.registry.publish.Change;

/**
 * A commit as the Hub's clients send it: one JSON object a line, a header and then the changes. A file's bytes stand in
 * its line as base64 and may be gigabytes: they are decoded as they come, into the store, and never held as text.
 */
final class CommitLines {

    /** A file of more bytes than this is sent beside the commit (git LFS). */
    static final long LARGEST_INSIDE = 2L << 30;

    private static final int MOST_CHANGES = 20_000;

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(1 << 16) // of what is read as text; contents are not
                    .maxNestingDepth(10)
                    .build())
            .build();

    private final Blobs blobs;
    private final LargeFiles largeFiles;
    private final List<Change> changes = new ArrayList<>();
    private String summary = "";
    private @Nullable String parent;

    private CommitLines(Blobs blobs, LargeFiles largeFiles) {
        this.blobs = blobs;
        this.largeFiles = largeFiles;
    }

    /** What a commit asks for, its files stored. */
    record Commit(String summary, @Nullable String parent, List<Change> changes) {}

    /** Answers the size of a file that was sent beside the commit; throws {@link Refused} where it was not. */
    interface LargeFiles {
        long size(String path, Digest digest);
    }

    /**
     * Reads a commit to its end. Throws {@link Refused} naming the line where it is none; files that were stored by then
     * belong to nothing, and are collected.
     */
    static Commit read(InputStream body, Blobs blobs, LargeFiles largeFiles) throws IOException {
        CommitLines commit = new CommitLines(blobs, largeFiles);
        int line = 0;
        try (JsonParser json = JSON.createParser(body).disable(JsonParser.Feature.AUTO_CLOSE_SOURCE)) {
            while (json.nextToken() != null) {
                line++;
                if (line > MOST_CHANGES) {
                    throw Refused.invalid("body", "A commit has at most " + MOST_CHANGES + " lines");
                }
                commit.line(json);
            }
        } catch (JsonProcessingException e) {
            throw Refused.invalid("body", "Line " + Math.max(1, line) + " cannot be read: " + e.getOriginalMessage());
        }
        if (line == 0) {
            throw Refused.invalid("body", "Send a commit, one JSON object a line, its header first");
        }
        return new Commit(commit.summary, commit.parent, commit.changes);
    }

    private void line(JsonParser json) throws IOException {
        require(json.currentToken() == JsonToken.START_OBJECT, "A line is a JSON object with a key and a value");
        require("key".equals(json.nextFieldName()), "A line begins with its key");
        String key = String.valueOf(json.nextTextValue());
        require("value".equals(json.nextFieldName()), "After its key a line has its value");
        require(json.nextToken() == JsonToken.START_OBJECT, "A line's value is an object");
        switch (key) {
            case "header" -> header(json);
            case "file" -> file(json);
            case "lfsFile" -> largeFile(json);
            case "deletedFile" -> changes.add(Change.delete(path(json)));
            case "deletedFolder" -> changes.add(Change.deleteFolder(path(json)));
            default ->
                throw Refused.invalid("key", "A line's key is header, file, lfsFile, deletedFile or deletedFolder");
        }
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            json.nextToken();
            json.skipChildren();
        }
    }

    private void header(JsonParser json) throws IOException {
        for (String field; (field = json.nextFieldName()) != null; ) {
            String text = text(json);
            if (field.equals("summary") && text != null) {
                summary = text;
            } else if (field.equals("parentCommit")) {
                parent = text;
            }
        }
    }

    private void file(JsonParser json) throws IOException {
        String path = null;
        String encoding = null;
        Blob file = null;
        for (String field; (field = json.nextFieldName()) != null; ) {
            switch (field) {
                case "content" -> {
                    require(
                            json.nextToken() == JsonToken.VALUE_STRING && file == null,
                            "A file has one content, base64");
                    file = receive(json);
                }
                case "path" -> path = text(json);
                case "encoding" -> encoding = text(json);
                default -> text(json);
            }
        }
        require("base64".equals(encoding), "A file's encoding is base64");
        Blob stored = given(file, "A file has a content");
        changes.add(Change.put(new Manifest.File(given(path, "A file has a path"), stored.size(), stored.digest())));
    }

    private Blob receive(JsonParser json) throws IOException {
        try (Receiving receiving = blobs.receive(LARGEST_INSIDE)) {
            int unused = json.readBinaryValue(receiving);
            return receiving.finish();
        } catch (IllegalArgumentException e) {
            throw Refused.invalid("content", "A file's content is base64: " + e.getMessage());
        }
    }

    private void largeFile(JsonParser json) throws IOException {
        String path = null;
        String oid = null;
        for (String field; (field = json.nextFieldName()) != null; ) {
            switch (field) {
                case "path" -> path = text(json);
                case "oid" -> oid = text(json);
                default -> text(json);
            }
        }
        String named = given(path, "A large file has a path");
        Digest digest = new Digest(given(oid, "A large file has an oid"));
        changes.add(Change.put(new Manifest.File(named, largeFiles.size(named, digest), digest)));
    }

    private static String path(JsonParser json) throws IOException {
        String path = null;
        for (String field; (field = json.nextFieldName()) != null; ) {
            String text = text(json);
            path = field.equals("path") ? text : path;
        }
        return given(path, "Say the path that goes");
    }

    /** The next value, past it; null where it is no text. */
    private static @Nullable String text(JsonParser json) throws IOException {
        String text = json.nextTextValue();
        json.skipChildren();
        return text;
    }

    private static <T> T given(@Nullable T value, String otherwise) {
        if (value == null) {
            throw Refused.invalid("body", otherwise);
        }
        return value;
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw Refused.invalid("body", otherwise);
        }
    }
}
