package org.moraine.engine.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.moraine.contracts.Refused;
import org.moraine.engine.EngineException;
import org.moraine.engine.tokenizer.Tokenizer;

/**
 * A training file: JSON Lines, each line a conversation ({@code messages}), a {@code prompt} with its {@code
 * completion}, or a {@code text}; preference pairs are read and checked too. Read as a stream: memory holds one line,
 * and the examples made of it.
 */
public final class TrainingFile {

    static final String FIELD = "training_file";

    private TrainingFile() {}

    /** Looks through a whole file without a tokenizer, and without native code. */
    public static FileReport check(InputStream in) throws IOException {
        return new FileCheck(null).read(in);
    }

    /**
     * Looks through a whole file and makes its examples, one at a time, to count their tokens.
     *
     * @param maxTokens longer examples count as truncated, and what is learnt is counted up to there
     * @throws Refused where the base model's tokenizer or template can be used for no line
     */
    public static FileReport check(InputStream in, Tokenizer tokenizer, int maxTokens) throws IOException {
        return check(in, tokenizer, maxTokens, example -> {});
    }

    /** As {@link #check(InputStream, Tokenizer, int)}; {@code examples} is given each of them, cut, in the file's order. */
    public static FileReport check(InputStream in, Tokenizer tokenizer, int maxTokens, Consumer<Example> examples)
            throws IOException {
        return new FileCheck(new Labelling(tokenizer, maxTokens), examples).read(in);
    }

    /**
     * The examples of a file, in its order.
     *
     * @throws Refused as {@link #read(Path, String, Tokenizer, int)}, naming {@code training_file}
     */
    public static List<Example> read(Path file, Tokenizer tokenizer, int maxTokens) {
        return read(file, FIELD, tokenizer, maxTokens);
    }

    /**
     * The examples of a file, in its order.
     *
     * @param field where the caller named it, such as {@code validation_file}
     * @param maxTokens longer examples are cut after this many ids
     * @throws Refused code {@code invalid_} and the field, where a line is no example or nothing of it is left to learn
     * @throws EngineException where the file cannot be read
     */
    public static List<Example> read(Path file, String field, Tokenizer tokenizer, int maxTokens) {
        List<Example> examples = new ArrayList<>();
        FileCheck check = new FileCheck(new Labelling(tokenizer, maxTokens), examples::add);
        try (InputStream in = Files.newInputStream(file)) {
            check.read(in).require(field);
        } catch (IOException e) {
            throw new EngineException(file + " cannot be read: " + e.getMessage(), e);
        }
        return examples;
    }
}
