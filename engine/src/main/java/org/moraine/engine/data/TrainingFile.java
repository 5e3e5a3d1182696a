package org.moraine.engine.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.moraine.contracts.Refused;
import org.moraine.engine.EngineException;
import org.moraine.engine.tokenizer.Tokenizer;

/**
 * A training file: JSON Lines, each line a conversation ({@code messages}), a {@code prompt} with its {@code
 * completion}, or a {@code text}. Read as a stream: memory holds one line, and the examples made of it.
 */
public final class TrainingFile {

    private TrainingFile() {}

    /** Looks through a whole file without a tokenizer, and without native code. */
    public static FileReport check(InputStream in) throws IOException {
        Sink nothing = (number, line) -> {};
        return read(in, nothing);
    }

    /**
     * The examples of a file, in its order.
     *
     * @param maxTokens longer examples are cut after this many ids
     * @throws Refused code {@code invalid_training_file} where a line is no example or nothing of it is left to learn
     * @throws EngineException where the file cannot be read
     */
    public static List<Example> read(Path file, Tokenizer tokenizer, int maxTokens) {
        List<Example> examples = new ArrayList<>();
        Labelling labelling = new Labelling(tokenizer, maxTokens);
        try (InputStream in = Files.newInputStream(file)) {
            read(in, (number, line) -> examples.add(labelling.example(number, line)))
                    .require();
        } catch (IOException e) {
            throw new EngineException(file + " cannot be read: " + e.getMessage(), e);
        }
        return examples;
    }

    private static FileReport read(InputStream in, Sink sink) throws IOException {
        Lines lines = new Lines(in);
        List<LineProblem> problems = new ArrayList<>();
        int examples = 0;
        int bad = 0;
        while (lines.next()) {
            try {
                String text = lines.text();
                if (!text.isBlank()) {
                    sink.take(lines.number(), LineReader.read(text));
                    examples++;
                }
            } catch (BadLine e) {
                bad++;
                if (problems.size() < FileReport.MOST_PROBLEMS) {
                    problems.add(e.at(lines.number()));
                }
            }
        }
        return new FileReport(lines.number(), examples, examples, bad, problems);
    }

    /** What becomes of a good line. */
    private interface Sink {
        void take(int number, ExampleLine line) throws BadLine;
    }
}
