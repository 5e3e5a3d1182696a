package org.moraine.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.moraine.contracts.Refused;
import org.moraine.engine.data.Example;
import org.moraine.engine.data.TrainingFile;
import org.moraine.engine.tokenizer.Tokenizer;
import picocli.CommandLine.Option;

/** {@code --data}, a file of examples. */
final class DataOption {

    @Option(names = "--data", required = true, paramLabel = "FILE", description = "The examples, JSON Lines.")
    private Path file = Path.of("");

    /** The file's name as it was given. */
    String name() {
        return file.toString();
    }

    /** The examples, each cut after {@code maxTokens} ids. */
    List<Example> read(Tokenizer tokenizer, int maxTokens) {
        if (!Files.isReadable(file) || Files.isDirectory(file)) {
            throw Refused.invalid("--data", "there is no file " + file + " that can be read");
        }
        return TrainingFile.read(file, tokenizer, maxTokens);
    }
}
