package org.moraine.engine.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Digest;
import org.moraine.contracts.ModelSource;
import org.moraine.contracts.Refused;
import org.moraine.engine.EngineException;

/**
 * Downloaded models on disk. {@code blobs/} holds files under their SHA-256, {@code models/NAME/COMMIT/} a folder for each
 * commit with links to them, {@code refs/} the commit that a branch, tag or bare name last meant, {@code tags/} a link for
 * each file whose source told a tag of its content, so that a new commit downloads what changed. A file is written
 * beside its place and moved there when it is whole and its digest is right, so several processes may fill the cache at
 * once, and one that is killed leaves nothing but a file in {@code tmp/}. The file that tells a folder is complete is
 * linked last: {@code config.json} for a description, {@code model.safetensors} or its index for the weights.
 */
final class ModelCache {

    private static final JsonMapper JSON = new JsonMapper();
    private static final String CONFIG = "config.json";
    private static final String WEIGHTS = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";
    private static final List<String> DESCRIPTION = List.of(
            "generation_config.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "chat_template.jinja",
            CONFIG);
    private static final long MOST_DESCRIPTION_BYTES = 128 << 20;

    private final Path root;

    ModelCache(Path root) {
        this.root = root;
    }

    /** Where a commit's files are linked. */
    Path folder(ModelSource.Name name, String commit) {
        return root.resolve("models").resolve(flat(name.id())).resolve(commit);
    }

    private Path folder(ModelSource.Revision revision) {
        return folder(revision.name(), revision.commit());
    }

    /** Whether a commit is here whole, as far as it is asked for. */
    boolean has(ModelSource.Name name, String commit, boolean weights) {
        Path folder = folder(name, commit);
        return Files.exists(folder.resolve(CONFIG))
                && (!weights || Files.exists(folder.resolve(WEIGHTS)) || Files.exists(folder.resolve(INDEX)));
    }

    /** The commit that a name meant when it was last asked for. */
    Optional<String> remembered(ModelSource.Name name) {
        try {
            return Optional.of(Files.readString(ref(name)).strip()).filter(ModelSource.Revision::isCommit);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    void remember(ModelSource.Name name, String commit) throws IOException {
        Path part = part();
        Files.writeString(part, commit);
        move(part, ref(name));
    }

    private Path ref(ModelSource.Name name) {
        return root.resolve("refs").resolve(flat(name.id())).resolve(flat(name.revision()));
    }

    /** A file's name of its own: a source's names hold no percent sign. */
    private static String flat(String name) {
        return name.replace("/", "%2F");
    }

    /** Downloads what is not here yet of a commit. */
    void fill(ModelSource.Revision revision, boolean weights, ModelSource source) throws IOException {
        if (has(revision.name(), revision.commit(), weights)) {
            return;
        }
        if (!revision.files().containsKey(CONFIG)) {
            throw refused(revision, "it holds no " + CONFIG);
        }
        Path folder = folder(revision);
        sweep();
        for (String file : DESCRIPTION) {
            if (revision.files().containsKey(file)) {
                link(folder.resolve(file), fetch(revision, file, source, MOST_DESCRIPTION_BYTES));
            }
        }
        if (!weights) {
            return;
        }
        if (revision.files().containsKey(INDEX)) {
            Path index = fetch(revision, INDEX, source, MOST_DESCRIPTION_BYTES);
            for (String file : shards(index)) {
                if (!revision.files().containsKey(file)) {
                    throw refused(revision, INDEX + " names " + file + ", which is not there");
                }
                link(folder.resolve(file), fetch(revision, file, source, Long.MAX_VALUE));
            }
            link(folder.resolve(INDEX), index);
        } else if (revision.files().containsKey(WEIGHTS)) {
            link(folder.resolve(WEIGHTS), fetch(revision, WEIGHTS, source, Long.MAX_VALUE));
        } else {
            throw refused(revision, "it holds no weights in safetensors files");
        }
    }

    private static Set<String> shards(Path index) throws IOException {
        Set<String> files = new LinkedHashSet<>();
        for (JsonNode file : JSON.readTree(index.toFile()).path("weight_map")) {
            files.add(file.asText());
        }
        return files;
    }

    private static Refused refused(ModelSource.Revision revision, String reason) {
        return Refused.absent(
                "model_not_found", "model", "The base model '" + revision.name().id() + "' cannot be used: " + reason);
    }

    /** A file's bytes, downloaded unless its tag or its digest is told and they are here. */
    private Path fetch(ModelSource.Revision revision, String file, ModelSource source, long most) throws IOException {
        Path linked = folder(revision).resolve(file);
        if (Files.exists(linked)) {
            return linked;
        }
        String tag = revision.files().getOrDefault(file, "");
        if (tag.isEmpty()) {
            return download(revision, file, source, most);
        }
        Path tagged = tagged(revision.name(), file, tag);
        if (!Files.exists(tagged)) {
            link(tagged, download(revision, file, source, most));
        }
        return tagged;
    }

    private Path tagged(ModelSource.Name name, String file, String tag) {
        String what = name.id() + "\n" + file + "\n" + tag;
        return root.resolve("tags")
                .resolve(Digest.of(what.getBytes(StandardCharsets.UTF_8)).hex());
    }

    private Path download(ModelSource.Revision revision, String file, ModelSource source, long most)
            throws IOException {
        try (ModelSource.Download download = source.open(revision, file)) {
            if (download.digest() != null && Files.exists(blob(download.digest()))) {
                return blob(download.digest());
            }
            if (download.length() > most) {
                throw new EngineException(download.from() + " is larger than " + most + " bytes");
            }
            Path part = part();
            try {
                Digest digest = write(download, part, most);
                move(part, blob(digest));
                return blob(digest);
            } finally {
                Files.deleteIfExists(part);
            }
        }
    }

    private static Digest write(ModelSource.Download download, Path part, long most) throws IOException {
        MessageDigest sha256 = Digest.sha256();
        long written = 0;
        try (FileChannel file = FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                OutputStream out = new DigestOutputStream(Channels.newOutputStream(file), sha256)) {
            byte[] buffer = new byte[1 << 16];
            for (int n = read(download, buffer, written); n >= 0; n = read(download, buffer, written)) {
                written += n;
                if (written > most) {
                    throw new EngineException(download.from() + " is larger than " + most + " bytes");
                }
                out.write(buffer, 0, n);
            }
            file.force(true);
        }
        if (download.length() >= 0 && written != download.length()) {
            throw cutOff(download, written, null);
        }
        Digest digest = Digest.finished(sha256);
        if (download.digest() != null && !download.digest().equals(digest)) {
            throw new IOException(download.from() + " has the digest " + digest + ", not " + download.digest());
        }
        return digest;
    }

    /** Some Javas end a body that is cut off as if it were whole, others throw: both become the same message. */
    private static int read(ModelSource.Download download, byte[] buffer, long written) throws IOException {
        try {
            return download.in().read(buffer);
        } catch (IOException e) {
            throw cutOff(download, written, e);
        }
    }

    private static IOException cutOff(ModelSource.Download download, long written, @Nullable IOException cause) {
        return new IOException(
                download.from() + " ended after " + written + " of " + download.length() + " bytes", cause);
    }

    private Path blob(Digest digest) {
        return root.resolve("blobs").resolve(digest.hex());
    }

    private Path part() throws IOException {
        return Files.createDirectories(root.resolve("tmp")).resolve(UUID.randomUUID() + ".part");
    }

    /** Deletes what processes that were killed left a day ago or earlier. */
    private void sweep() throws IOException {
        Instant old = Instant.now().minus(Duration.ofDays(1));
        try (Stream<Path> parts = Files.list(Files.createDirectories(root.resolve("tmp")))) {
            for (Path part : parts.toList()) {
                if (lastModified(part).isBefore(old)) {
                    Files.deleteIfExists(part);
                }
            }
        }
    }

    private static Instant lastModified(Path part) throws IOException {
        try {
            return Files.getLastModifiedTime(part).toInstant();
        } catch (NoSuchFileException e) {
            return Instant.MAX; // moved to its place by now
        }
    }

    private static void move(Path part, Path place) throws IOException {
        Files.createDirectories(place.getParent());
        Files.move(part, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** A hard link, or a symbolic one where the file system has none of those. */
    private static void link(Path place, Path blob) throws IOException {
        Files.createDirectories(place.getParent());
        try {
            Files.createLink(place, blob);
        } catch (FileAlreadyExistsException e) {
            return; // by another process, or by an earlier call: the same bytes
        } catch (UnsupportedOperationException | IOException e) {
            try {
                Files.createSymbolicLink(place, blob.toAbsolutePath());
            } catch (FileAlreadyExistsException again) {
                return;
            }
        }
    }
}
