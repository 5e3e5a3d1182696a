package org.moraine.jobs.validate;

import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.DataFile;
import org.moraine.contracts.JobSpec;
import org.moraine.contracts.Problem;
import org.moraine.contracts.Refused;
import org.moraine.engine.EngineException;
import org.moraine.engine.data.Example;
import org.moraine.engine.data.FileReport;
import org.moraine.engine.data.TrainingFile;
import org.moraine.engine.model.BaseModels;
import org.moraine.engine.model.ModelConfig;
import org.moraine.engine.model.ModelFolder;
import org.moraine.engine.tokenizer.Tokenizer;
import org.moraine.jobs.Job;
import org.moraine.jobs.files.StoredFiles;

/** Looks through the files of a job, every line of them, with the tokenizer of its base model. */
@Singleton
public class DataCheck {

    private final StoredFiles files;
    private final BaseModels models;
    private final FilesSeen seen;

    DataCheck(StoredFiles files, BaseModels models, Clock clock) {
        this.files = files;
        this.models = models;
        this.seen = new FilesSeen(clock);
    }

    /**
     * Looks through all of them.
     *
     * @throws Refused where a file is gone, or the base model cannot be used
     * @throws IOException where the object store is away
     */
    public DataLook look(Job job) throws IOException {
        JobSpec spec = job.spec();
        ModelFolder model = models.describe(spec.baseModel());
        try (Lines lines = new Lines(model, spec)) {
            FilesSeen.Seen training = lines.look("training_file", spec.trainingFile());
            FilesSeen.Seen validation =
                    spec.validationFile() == null ? null : lines.look("validation_file", spec.validationFile());
            return found(job, model.config(), training, validation);
        } catch (EngineException e) {
            throw Refused.invalid("model_not_usable", "model", "The base model cannot be used: " + e.getMessage());
        }
    }

    private DataLook found(Job job, ModelConfig model, FilesSeen.Seen training, FilesSeen.@Nullable Seen validation) {
        JobSpec spec = job.spec();
        String validationFile = job.asked().validationFile();
        Optional<Problem> ofTraining = training.report().problem();
        Optional<Problem> ofValidation =
                validation == null ? Optional.empty() : validation.report().problem("validation_file");
        Problem problem = ofTraining.or(() -> ofValidation).orElse(null);
        return new DataLook(
                problem,
                FileLook.of(job.asked().trainingFile(), ofTraining.orElse(null), training.report()),
                validation == null || validationFile == null
                        ? null
                        : FileLook.of(validationFile, ofValidation.orElse(null), validation.report()),
                problem != null ? null : seen.effort(spec, training, () -> Effort.of(spec, model, training.lengths())));
    }

    /**
     * What a look at the files of a job finds, where all of them were looked through lately; empty where one has to be read.
     *
     * @throws Refused where the settings do not fit the data
     */
    Optional<DataLook> known(Job job, ModelConfig model) {
        return seen(job).map(both -> found(job, model, both.training, both.validation));
    }

    /** Whether a look at the files of a job needs nothing read of them, since they were looked through lately. */
    boolean isKnown(Job job) {
        return seen(job).isPresent();
    }

    /** What was found in all files of a job. */
    private record AllSeen(FilesSeen.Seen training, FilesSeen.@Nullable Seen validation) {}

    private Optional<AllSeen> seen(Job job) {
        JobSpec spec = job.spec();
        DataFile validation = spec.validationFile();
        return seen.find(FilesSeen.Sight.of(spec, spec.trainingFile()))
                .flatMap(training -> validation == null
                        ? Optional.of(new AllSeen(training, null))
                        : seen.find(FilesSeen.Sight.of(spec, validation)).map(found -> new AllSeen(training, found)));
    }

    /** Looks at files line by line, where that was not done lately; the tokenizer is opened when it is needed. */
    private final class Lines implements AutoCloseable {

        private final ModelFolder model;
        private final JobSpec spec;
        private @Nullable Tokenizer tokenizer;

        Lines(ModelFolder model, JobSpec spec) {
            this.model = model;
            this.spec = spec;
        }

        FilesSeen.Seen look(String field, DataFile file) throws IOException {
            FilesSeen.Sight sight = FilesSeen.Sight.of(spec, file);
            Optional<FilesSeen.Seen> before = seen.find(sight);
            if (before.isPresent()) {
                return before.get();
            }
            IntStream.Builder lengths = IntStream.builder();
            FileReport report = report(field, file, tokenizer(), spec, example -> lengths.add(example.ids().length));
            return seen.keep(sight, report, lengths.build().toArray());
        }

        private Tokenizer tokenizer() {
            Tokenizer open = tokenizer;
            if (open == null) {
                open = Tokenizer.open(model.folder());
                tokenizer = open;
            }
            return open;
        }

        @Override
        public void close() {
            if (tokenizer != null) {
                tokenizer.close();
            }
        }
    }

    private FileReport report(
            String field, DataFile file, Tokenizer tokenizer, JobSpec spec, Consumer<Example> examples)
            throws IOException {
        try (InputStream bytes = files.read(file.digest())) {
            return TrainingFile.check(bytes, tokenizer, spec.trainingSettings().maxTokens(), examples);
        } catch (NoSuchFileException e) {
            throw Refused.absent("invalid_" + field, field, "The " + field.replace('_', ' ') + " is gone");
        }
    }
}
