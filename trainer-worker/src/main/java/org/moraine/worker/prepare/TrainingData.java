package org.moraine.worker.prepare;

import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.DataFile;
import org.moraine.contracts.JobSpec;
import org.moraine.contracts.Refused;
import org.moraine.engine.WholeFile;
import org.moraine.engine.data.Example;
import org.moraine.engine.data.TrainingFile;
import org.moraine.engine.model.ModelFolder;
import org.moraine.engine.tokenizer.Tokenizer;
import org.moraine.worker.Attempt;
import org.moraine.worker.JobApi;

/** A job's data, brought to this machine and read with the base model's tokenizer. */
@Singleton
public class TrainingData {

    private static final Logger LOG = Logger.getLogger(TrainingData.class);

    private final JobApi jobs;

    TrainingData(JobApi jobs) {
        this.jobs = jobs;
    }

    /** What a job says its files are for. */
    private enum Use {
        TRAINING,
        VALIDATION;

        private String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        private String field() {
            return word() + "_file";
        }
    }

    /**
     * What a job trains with.
     *
     * @param learnt the training file's examples
     * @param measured the validation file's, null where the job has none
     */
    public record Examples(List<Example> learnt, @Nullable List<Example> measured) {}

    /**
     * Fetches the job's files into a folder, each once more where the bytes are not those the job names, and reads them.
     *
     * @throws Refused where they are not even then, or a line is no example
     * @throws Attempt.Stopped where the attempt is told to stop before or meanwhile
     */
    public Examples read(Attempt attempt, ModelFolder model, Path folder) throws IOException {
        JobSpec spec = attempt.spec();
        Path training = fetch(attempt, Use.TRAINING, spec.trainingFile(), folder);
        DataFile measured = spec.validationFile();
        Path validation = measured == null ? null : fetch(attempt, Use.VALIDATION, measured, folder);
        int most = spec.trainingSettings().maxTokens();
        attempt.requireGoesOn();
        try (Tokenizer tokenizer = Tokenizer.open(model.folder())) {
            return new Examples(
                    TrainingFile.read(training, Use.TRAINING.field(), tokenizer, most),
                    validation == null ? null : TrainingFile.read(validation, Use.VALIDATION.field(), tokenizer, most));
        }
    }

    private Path fetch(Attempt attempt, Use use, DataFile named, Path folder) throws IOException {
        Path file = folder.resolve(use.word() + "-file.jsonl");
        for (int tries = 0; tries < 2; tries++) {
            attempt.waitFor(() -> {
                jobs.dataFile(attempt, use.word() + "-file", named, file);
                return file;
            });
            if (found(file).equals(named)) {
                LOG.infof("The %s file is fetched %s bytes=%d", use.word(), attempt, named.bytes());
                return file;
            }
        }
        DataFile found = found(file);
        throw Refused.invalid(
                "invalid_" + use.field(),
                use.field(),
                "The " + use.word() + " file has " + found.bytes() + " bytes of digest " + found.digest()
                        + ", the job names " + named.bytes() + " of " + named.digest());
    }

    private static DataFile found(Path file) throws IOException {
        return new DataFile(WholeFile.digest(file), Files.size(file));
    }
}
