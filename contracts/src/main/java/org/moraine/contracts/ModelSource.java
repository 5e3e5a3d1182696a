package org.moraine.contracts;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A place from which base models come by name, such as the Hub; the engine keeps in its cache what comes from there. Safe
 * for use by many threads.
 */
public interface ModelSource {

    /** What its names look like, as people are told: {@code owner/name[@revision]}. */
    String form();

    /** Who is asked, as people are told: an endpoint's address. */
    String place();

    /**
     * Reads a name and asks nobody; empty where it has not the source's form.
     *
     * @throws Refused code {@code model_not_found}, field {@code model}, where it has, and cannot be asked for here
     */
    Optional<Name> read(String name);

    /**
     * Asks what a name means now.
     *
     * @throws Absent where there is no such model, or none that may be seen
     */
    Revision revision(Name name) throws IOException;

    /** Opens one file of a revision; the caller closes it. */
    Download open(Revision revision, String file) throws IOException;

    /**
     * A name that has been read.
     *
     * @param id the model, in one spelling; without control characters, at most 200 characters
     * @param revision which state of it is meant, such as a branch; for one that never changes, its commit
     */
    record Name(String id, String revision) {}

    /**
     * One state of a model.
     *
     * @param commit names the state: 40 hexadecimal digits
     * @param files the files at its top that have {@linkplain #isPlain plain} names, each with a tag that is another
     *     where the content is; empty where the source knows none
     */
    record Revision(Name name, String commit, Map<String, String> files) {

        private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
        private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,254}");

        public Revision {
            if (!isCommit(commit) || !files.keySet().stream().allMatch(Revision::isPlain)) {
                throw new IllegalArgumentException("No state of a model: " + commit + " " + files.keySet());
            }
            files = Map.copyOf(files);
        }

        public static boolean isCommit(String commit) {
            return COMMIT.matcher(commit).matches();
        }

        /** Whether a file's name is one that any file system takes and that stays in its folder. */
        public static boolean isPlain(String file) {
            return PLAIN.matcher(file).matches();
        }
    }

    /**
     * A file's bytes as they come.
     *
     * @param from where they come from, as people are told
     * @param length as announced, -1 where it is not
     * @param digest what the source says the bytes' SHA-256 is, null where it says nothing
     */
    record Download(
            String from,
            InputStream in,
            long length,
            @Nullable Digest digest) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            in.close();
        }
    }

    /** The source has no such thing, or none that may be seen; the message says which, for people. */
    final class Absent extends IOException {

        private static final long serialVersionUID = 1;

        public Absent(String message) {
            super(message);
        }
    }
}
