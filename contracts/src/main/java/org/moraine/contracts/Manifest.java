package org.moraine.contracts;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The files of a version or a checkpoint, sorted by path. Its digest names the content, and the digest's first 40 digits are the
 * commit id that the Hub's clients see.
 */
public record Manifest(List<File> files) {

    /** The commit id of no files at all, which no manifest has. */
    public static final String NO_FILES = Digest.of(new byte[0]).hex().substring(0, 40);

    private static final int MOST_FILES = 10_000;
    private static final Pattern PATH = Pattern.compile("[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*");

    /**
     * One of the files.
     *
     * @param path relative, with {@code /}; never climbs
     * @param size in bytes
     */
    public record File(String path, long size, Digest digest) {
        public File {
            if (path.length() > 255 || !PATH.matcher(path).matches() || climbs(path)) {
                throw Refused.invalid("files.path", "'" + path + "' is no plain relative path of at most 255 letters");
            }
            if (size < 0) {
                throw Refused.invalid("files.size", "A file's size is its number of bytes, not " + size);
            }
        }

        private static boolean climbs(String path) {
            return List.of(path.split("/")).stream().anyMatch(part -> part.equals(".") || part.equals(".."));
        }
    }

    @JsonCreator
    public Manifest(@JsonProperty("files") List<File> files) {
        if (files.isEmpty() || files.size() > MOST_FILES) {
            throw Refused.invalid("files", "A manifest has from 1 to " + MOST_FILES + " files");
        }
        this.files = files.stream().sorted(Comparator.comparing(File::path)).toList();
        for (int i = 1; i < this.files.size(); i++) {
            if (this.files.get(i).path().equals(this.files.get(i - 1).path())) {
                throw Refused.invalid("files.path", "'" + this.files.get(i).path() + "' stands twice");
            }
        }
    }

    /** The SHA-256 over one line a file: path, a tab, the digest, a tab, the size, a line feed. */
    public Digest digest() {
        StringBuilder lines = new StringBuilder();
        for (File file : files) {
            lines.append(file.path)
                    .append('\t')
                    .append(file.digest)
                    .append('\t')
                    .append(file.size)
                    .append('\n');
        }
        return Digest.of(lines.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** The commit id: the first 40 hex digits of {@link #digest()}. */
    public String commit() {
        return digest().hex().substring(0, 40);
    }
}
