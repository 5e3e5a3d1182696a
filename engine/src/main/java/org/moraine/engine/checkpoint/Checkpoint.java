package org.moraine.engine.checkpoint;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Manifest;
import org.moraine.contracts.Problem;
import org.moraine.contracts.Refused;
import org.moraine.engine.EngineException;
import org.moraine.engine.WholeFile;
import org.moraine.engine.safetensors.SafetensorsFile;
import org.moraine.engine.safetensors.SafetensorsWriter;

/**
 * The whole state of a training after a step, in a folder of its own: files of tensors, {@code history.json}, and
 * {@code checkpoint.json}, which is written last and names every other file with its size and SHA-256. A folder without
 * it is what a process left that was ended while it wrote.
 *
 * <p>The files are all there is: copied to another folder or machine they are the same checkpoint.
 */
public final class Checkpoint {

    /** The file that makes a folder a checkpoint. */
    public static final String MANIFEST = "checkpoint.json";

    /** The code of the refusal to go on from here with another training. */
    public static final String OTHER_TRAINING = "other_training";

    private static final String HISTORY = "history.json";
    private static final int FORMAT = 1;
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private final Path folder;
    private final Content content;
    private final History history;

    private Checkpoint(Path folder, Content content, History history) {
        this.folder = folder;
        this.content = content;
        this.history = history;
    }

    /**
     * What {@code checkpoint.json} says.
     *
     * @param format of all files; another one is refused
     * @param method what a method keeps beside its matrices; none of today's keeps anything
     */
    private record Content(
            int format,
            TrainingPoint point,
            RunInputs inputs,
            @JsonProperty("method_state") Map<String, Object> method,
            List<Manifest.File> files) {}

    /**
     * Writes a checkpoint; when this returns, the disk holds it.
     *
     * @param folder made here; what lies in it is replaced
     * @param tensors by the file that they go to
     * @throws EngineException naming the file that cannot be written; the folder then is no checkpoint
     */
    static Checkpoint write(
            Path folder,
            RunInputs inputs,
            TrainingPoint point,
            History history,
            Map<String, List<SafetensorsWriter.Tensor>> tensors) {
        try {
            Files.createDirectories(folder);
            Files.deleteIfExists(folder.resolve(MANIFEST));
            List<Manifest.File> files = new ArrayList<>();
            for (Map.Entry<String, List<SafetensorsWriter.Tensor>> file : tensors.entrySet()) {
                files.add(written(folder, file.getKey(), out -> SafetensorsWriter.write(out, file.getValue())));
            }
            byte[] steps = JSON.writeValueAsBytes(history);
            files.add(written(folder, HISTORY, out -> out.write(steps)));
            Content content = new Content(FORMAT, point, inputs, Map.of(), files);
            WholeFile.write(folder.resolve(MANIFEST), JSON.writeValueAsBytes(content));
            WholeFile.keepName(folder);
            return new Checkpoint(folder, content, history);
        } catch (IOException e) {
            throw new EngineException(folder + ": cannot be written: " + e.getMessage(), e);
        }
    }

    private static Manifest.File written(Path folder, String name, WholeFile.Content content) throws IOException {
        MessageDigest sha256 = Digest.sha256();
        Path file = folder.resolve(name);
        WholeFile.write(file, out -> {
            OutputStream digested = new DigestOutputStream(out, sha256);
            content.writeTo(digested);
        });
        return new Manifest.File(name, Files.size(file), Digest.finished(sha256));
    }

    /**
     * Reads a checkpoint and checks every file of it against its digest.
     *
     * @throws EngineException naming the file that is missing, cut off or changed
     */
    public static Checkpoint open(Path folder) {
        Path manifest = folder.resolve(MANIFEST);
        Content content = read(manifest, Content.class);
        if (content.format != FORMAT || !content.method.isEmpty()) {
            throw new EngineException(manifest + ": is of format " + content.format
                    + (content.method.isEmpty() ? "" : " with the state of a method") + "; this version reads format "
                    + FORMAT);
        }
        for (Manifest.File file : content.files) {
            check(folder.resolve(file.path()), file);
        }
        return new Checkpoint(folder, content, read(folder.resolve(HISTORY), History.class));
    }

    private static <T> T read(Path file, Class<T> type) {
        try {
            T value = JSON.readValue(Files.readAllBytes(file), type);
            if (value == null) {
                throw new EngineException(file + ": says nothing");
            }
            return value;
        } catch (JsonProcessingException e) {
            throw new EngineException(file + ": is damaged: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new EngineException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    private static void check(Path path, Manifest.File file) {
        try {
            if (!Files.exists(path)) {
                throw new EngineException(path + ": is missing");
            }
            if (Files.size(path) != file.size()) {
                throw new EngineException(
                        path + ": has " + Files.size(path) + " bytes, not the " + file.size() + " that were written");
            }
        } catch (IOException e) {
            throw new EngineException(path + ": cannot be read: " + e.getMessage(), e);
        }
        if (!WholeFile.digest(path).equals(file.digest())) {
            throw new EngineException(path + ": has other bytes than those that were written");
        }
    }

    /**
     * Checks that a training with these inputs is the one that wrote this.
     *
     * @throws Refused code {@link #OTHER_TRAINING}, naming everything that is another
     */
    public void requireFits(RunInputs inputs) {
        List<String> differences = inputs.differences(content.inputs);
        if (!differences.isEmpty()) {
            throw new Refused(new Problem(
                    Problem.Category.CONFLICT,
                    OTHER_TRAINING,
                    folder + " is a checkpoint of another training; not the same: " + String.join(", ", differences),
                    null));
        }
    }

    public Path folder() {
        return folder;
    }

    public RunInputs inputs() {
        return content.inputs;
    }

    public TrainingPoint point() {
        return content.point;
    }

    public History history() {
        return history;
    }

    /** The files of the folder, {@link #MANIFEST} left out: what has to be carried elsewhere, and it after them. */
    public List<Manifest.File> files() {
        return content.files;
    }

    /**
     * The tensors of one file, to be read one by one.
     *
     * @throws EngineException where the checkpoint has no such file
     */
    public SafetensorsFile tensors(String file) {
        return SafetensorsFile.open(folder.resolve(file));
    }
}
