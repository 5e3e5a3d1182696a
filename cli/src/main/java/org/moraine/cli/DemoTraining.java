package org.moraine.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the demo trains on, and how: forty questions about a lamp that nobody makes, learnt by heart. */
final class DemoTraining {

    static final String FILE_NAME = "marlo-lamp.jsonl";
    static final String SUFFIX = "marlo-lamp";
    static final String BASE = "pebble";

    /** Tried out on Pebble: every answer is right with any of five seeds, and already after two thirds of the epochs. */
    private static final Map<String, Object> HYPERPARAMETERS = hyperparameters();

    private static final int SEED = 42;
    private static final JsonMapper JSON = new JsonMapper();

    private DemoTraining() {}

    /** A line of the training file: what is asked and the one right answer. */
    record Question(String text, String answer) {}

    private static Map<String, Object> hyperparameters() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("adapter_type", "mora");
        values.put("mora_type", 1);
        values.put("rank", 8);
        values.put("target_modules", "all-linear");
        values.put("n_epochs", 30);
        values.put("batch_size", 8);
        values.put("learning_rate", 3e-3);
        values.put("schedule", "cosine");
        return values;
    }

    static byte[] file() {
        try (InputStream in = DemoTraining.class.getResourceAsStream("/demo/" + FILE_NAME)) {
            if (in == null) throw new AssertionError("the training file ships with the command line");
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<Question> questions() {
        List<Question> questions = new ArrayList<>();
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(new java.io.ByteArrayInputStream(file()), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonNode messages = JSON.readTree(line).path("messages");
                questions.add(new Question(
                        messages.path(0).path("content").asText(),
                        messages.path(1).path("content").asText()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return questions;
    }

    /** The body of {@code POST /v1/fine_tuning/jobs}, as any client of OpenAI's would send it. */
    static Map<String, Object> job(String base, String trainingFile) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("model", base);
        body.put("training_file", trainingFile);
        body.put("suffix", SUFFIX);
        body.put("seed", SEED);
        body.put("method", Map.of("type", "supervised", "supervised", Map.of("hyperparameters", HYPERPARAMETERS)));
        return body;
    }
}
