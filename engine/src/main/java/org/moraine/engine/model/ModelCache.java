package org.moraine.engine.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
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
import org.moraine.contracts.Refused;
import org.moraine.engine.EngineException;

/**
 * Downloaded models on disk. {@code blobs/} holds files under their SHA-256, {@code models/OWNER--NAME/COMMIT/} a
 * folder for each commit with links to them, {@code refs/} the commit that a branch or tag last meant. A file is written
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
    Path folder(HubModel model, String commit) {
        return folder(model.id(), commit);
    }

    private Path folder(String id, String commit) {
        return root.resolve("models").resolve(flat(id)).resolve(commit);
    }

    /** Whether a commit is here whole, as far as it is asked for. */
    boolean has(HubModel model, String commit, boolean weights) {
        Path folder = folder(model, commit);
        return Files.exists(folder.resolve(CONFIG))
                && (!weights || Files.exists(folder.resolve(WEIGHTS)) || Files.exists(folder.resolve(INDEX)));
    }

    /** The commit that a branch or tag meant when it was last asked for. */
    Optional<String> remembered(HubModel model) {
        try {
            return Optional.of(Files.readString(ref(model)).strip()).filter(HubModel::isCommit);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    void remember(HubModel model, String commit) throws IOException {
        Path part = part();
        Files.writeString(part, commit);
        move(part, ref(model));
    }

    private Path ref(HubModel model) {
        return root.resolve("refs")
                .resolve(flat(model.id()))
                .resolve(model.revision().replace("/", "--"));
    }

    private static String flat(String id) {
        return id.replace("/", "--");
    }

    /** Downloads what is not here yet of a commit. */
    void fill(HubModel model, Hub.Revision revision, boolean weights, Hub hub) throws IOException {
        if (has(model, revision.commit(), weights)) {
            return;
        }
        if (!revision.files().contains(CONFIG)) {
            throw refused(model, "it holds no " + CONFIG);
        }
        sweep();
        for (String file : DESCRIPTION) {
            if (revision.files().contains(file)) {
                link(revision, file, fetch(revision, file, hub, MOST_DESCRIPTION_BYTES));
            }
        }
        if (!weights) {
            return;
        }
        if (revision.files().contains(INDEX)) {
            Path index = fetch(revision, INDEX, hub, MOST_DESCRIPTION_BYTES);
            for (String file : shards(index)) {
                if (!revision.files().contains(file)) {
                    throw refused(model, INDEX + " names " + file + ", which is not there");
                }
                link(revision, file, fetch(revision, file, hub, Long.MAX_VALUE));
            }
            link(revision, INDEX, index);
        } else if (revision.files().contains(WEIGHTS)) {
            link(revision, WEIGHTS, fetch(revision, WEIGHTS, hub, Long.MAX_VALUE));
        } else {
            throw refused(model, "it holds no weights in safetensors files");
        }
    }

    private static Set<String> shards(Path index) throws IOException {
        Set<String> files = new LinkedHashSet<>();
        for (JsonNode file : JSON.readTree(index.toFile()).path("weight_map")) {
            files.add(file.asText());
        }
        return files;
    }

    private static Refused refused(HubModel model, String reason) {
        return Refused.absent(
                "model_not_found", "model", "The base model '" + model.id() + "' cannot be used: " + reason);
    }

    /** The blob of a file, downloaded unless its digest is told and it is here. */
    private Path fetch(Hub.Revision revision, String file, Hub hub, long most) throws IOException {
        Path linked = folder(revision.id(), revision.commit()).resolve(file);
        if (Files.exists(linked)) {
            return linked;
        }
        try (Hub.Answer answer = hub.file(revision, file)) {
            if (answer.digest() != null && Files.exists(blob(answer.digest()))) {
                return blob(answer.digest());
            }
            if (answer.length() > most) {
                throw new EngineException(answer.from() + " is larger than " + most + " bytes");
            }
            Path part = part();
            try {
                Digest digest = write(answer, part, most);
                move(part, blob(digest));
                return blob(digest);
            } finally {
                Files.deleteIfExists(part);
            }
        }
    }

    private static Digest write(Hub.Answer answer, Path part, long most) throws IOException {
        MessageDigest sha256 = Digest.sha256();
        long written = 0;
        try (FileChannel file = FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                OutputStream out = new DigestOutputStream(Channels.newOutputStream(file), sha256)) {
            byte[] buffer = new byte[1 << 16];
            for (int n = read(answer, buffer, written); n >= 0; n = read(answer, buffer, written)) {
                written += n;
                if (written > most) {
                    throw new EngineException(answer.from() + " is larger than " + most + " bytes");
                }
                out.write(buffer, 0, n);
            }
            file.force(true);
        }
        if (answer.length() >= 0 && written != answer.length()) {
            throw cutOff(answer, written, null);
        }
        Digest digest = Digest.finished(sha256);
        if (answer.digest() != null && !answer.digest().equals(digest)) {
            throw new IOException(answer.from() + " has the digest " + digest + ", not " + answer.digest());
        }
        return digest;
    }

    /** Some Javas end a body that is cut off as if it were whole, others throw: both become the same message. */
    private static int read(Hub.Answer answer, byte[] buffer, long written) throws IOException {
        try {
            return answer.in().read(buffer);
        } catch (IOException e) {
            throw cutOff(answer, written, e);
        }
    }

    private static IOException cutOff(Hub.Answer answer, long written, @Nullable IOException cause) {
        return new IOException(answer.from() + " ended after " + written + " of " + answer.length() + " bytes", cause);
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
    private void link(Hub.Revision revision, String file, Path blob) throws IOException {
        Path place = folder(revision.id(), revision.commit()).resolve(file);
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
