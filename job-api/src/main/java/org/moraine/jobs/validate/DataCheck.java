package org.moraine.jobs.validate;

import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.moraine.contracts.DataFile;
import org.moraine.contracts.JobSpec;
import org.moraine.contracts.Problem;
import org.moraine.contracts.Refused;
import org.moraine.engine.EngineException;
import org.moraine.engine.data.Example;
import org.moraine.engine.data.FileReport;
import org.moraine.engine.data.TrainingFile;
import org.moraine.engine.model.BaseModels;
import org.moraine.engine.model.ModelFolder;
import org.moraine.engine.tokenizer.Tokenizer;
import org.moraine.jobs.Job;
import org.moraine.jobs.files.StoredFiles;

/** Looks through the files of a job, every line of them, with the tokenizer of its base model. */
@Singleton
public class DataCheck {

    private final StoredFiles files;
    private final BaseModels models;

    DataCheck(StoredFiles files, BaseModels models) {
        this.files = files;
        this.models = models;
    }

    /**
     * Looks through all of them.
     *
     * @throws Refused where a file is gone, or the base model cannot be used
     * @throws IOException where the object store is away
     */
    public DataLook look(Job job) throws IOException {
        JobSpec spec = job.spec();
        String validationFile = job.asked().validationFile();
        ModelFolder model = models.describe(spec.baseModel());
        IntStream.Builder lengths = IntStream.builder();
        try (Tokenizer tokenizer = Tokenizer.open(model.folder())) {
            FileReport training = report(
                    "training_file",
                    spec.trainingFile(),
                    tokenizer,
                    spec,
                    example -> lengths.add(example.ids().length));
            FileReport validation = spec.validationFile() == null
                    ? null
                    : report("validation_file", spec.validationFile(), tokenizer, spec, example -> {});
            Optional<Problem> ofTraining = training.problem();
            Optional<Problem> ofValidation =
                    validation == null ? Optional.empty() : validation.problem("validation_file");
            Problem problem = ofTraining.or(() -> ofValidation).orElse(null);
            return new DataLook(
                    problem,
                    FileLook.of(job.asked().trainingFile(), ofTraining.orElse(null), training),
                    validation == null || validationFile == null
                            ? null
                            : FileLook.of(validationFile, ofValidation.orElse(null), validation),
                    problem != null
                            ? null
                            : Effort.of(spec, model.config(), lengths.build().toArray()));
        } catch (EngineException e) {
            throw Refused.invalid("model_not_usable", "model", "The base model cannot be used: " + e.getMessage());
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
