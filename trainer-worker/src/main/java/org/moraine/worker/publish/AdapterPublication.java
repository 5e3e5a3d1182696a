package org.moraine.worker.publish;

import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.Digest;
import org.moraine.contracts.EvaluationSettings.Keep;
import org.moraine.contracts.JobSpec;
import org.moraine.contracts.Manifest;
import org.moraine.contracts.Method;
import org.moraine.contracts.Publication;
import org.moraine.contracts.Quantisation;
import org.moraine.contracts.TrainingSettings;
import org.moraine.engine.WholeFile;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.checkpoint.History;
import org.moraine.engine.export.AdapterExport;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.training.TrainingRecord;
import org.moraine.engine.training.TrainingResult;
import org.moraine.worker.Attempt;
import org.moraine.worker.JobApi;
import org.moraine.worker.RegistryClient;

/** Makes a trained adapter the job's version: files, then blobs, then the manifest. */
@Singleton
public class AdapterPublication {

    private static final Logger LOG = Logger.getLogger(AdapterPublication.class);

    private final RegistryClient registry;
    private final JobApi jobs;

    AdapterPublication(RegistryClient registry, JobApi jobs) {
        this.registry = registry;
        this.jobs = jobs;
    }

    /** Writes all files of the version into a folder of their own; nothing else may lie there. */
    public void write(
            Path folder, JobSpec spec, BaseModel base, Adapter adapter, TrainingRecord record, TrainingResult result)
            throws IOException {
        Files.createDirectories(folder);
        AdapterExport.Version export = AdapterExport.version(folder, base, adapter);
        record.write(folder);
        boolean drawn = drawn(result.history(), folder.resolve(ModelCard.PICTURE));
        Files.writeString(
                folder.resolve("README.md"), ModelCard.of(spec, export, settings(spec, record, result), drawn));
    }

    /** A Java that cannot draw must not cost a training. */
    private static boolean drawn(History history, Path file) throws IOException {
        if (!LossPicture.shows(history)) {
            return false;
        }
        try {
            LossPicture.write(history, file);
            return true;
        } catch (LinkageError e) {
            LOG.warnf("The losses are not drawn: %s", e);
            return false;
        }
    }

    /**
     * Publishes what {@link #write} wrote. Until the manifest is sent nothing of it can be seen; it is sent only under a
     * lease that was renewed for it.
     *
     * @throws Attempt.Stopped where the attempt was told to stop before
     */
    public Publication.Made publish(Path folder, Attempt attempt, TrainingRecord record, TrainingResult result)
            throws IOException {
        JobSpec spec = attempt.spec();
        Manifest manifest = manifest(folder);
        for (Manifest.File file : manifest.files()) {
            Path path = folder.resolve(file.path());
            attempt.waitFor(() -> registry.store(file, path));
        }
        attempt.waitFor(() -> jobs.renewed(attempt));
        attempt.requireGoesOn(); // from here on nothing interrupts: what the registry makes is said
        return registry.publish(
                spec.adapter(),
                new Publication(
                        spec.job(),
                        spec.baseModel(),
                        spec.adapterSettings().method(),
                        settings(spec, record, result),
                        manifest));
    }

    private static Manifest manifest(Path folder) throws IOException {
        List<Manifest.File> files = new ArrayList<>();
        for (Map.Entry<String, Digest> file :
                WholeFile.digests(folder, path -> true).entrySet()) {
            files.add(new Manifest.File(file.getKey(), Files.size(folder.resolve(file.getKey())), file.getValue()));
        }
        return new Manifest(files);
    }

    /** What people look for; the rest stands in {@code training.json}. */
    private static Map<String, Object> settings(JobSpec spec, TrainingRecord record, TrainingResult result) {
        AdapterSettings adapter = spec.adapterSettings();
        TrainingSettings training = record.training();
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("method", adapter.method().word());
        if (adapter.method() == Method.MORA) {
            settings.put("mora_type", adapter.moraType());
        }
        if (adapter.method() != Method.FULL) {
            settings.put("rank", adapter.rank());
            settings.put("target_modules", adapter.targets().json());
            settings.put("dropout", adapter.dropout());
            if (!adapter.variation().modulesToSave().isEmpty()) {
                settings.put("modules_to_save", adapter.variation().modulesToSave());
            }
        }
        if (adapter.method() == Method.LORA) {
            settings.put("alpha", adapter.alpha());
        }
        if (spec.earlier() != null) {
            settings.put("earlier_adapter", spec.earlier().toString());
        }
        settings.put("examples", record.examples());
        settings.put("steps", result.steps());
        settings.put("batch_size", training.batchSize());
        settings.put("max_tokens", training.maxTokens());
        settings.put("learning_rate", training.learningRate());
        settings.put("seed", training.seed());
        if (training.quantise() != Quantisation.NONE) {
            settings.put("quantise", training.quantise());
        }
        settings.put("trained_tokens", result.trainedTokens());
        if (!record.steps().isEmpty()) {
            settings.put(
                    "final_loss", record.steps().get(record.steps().size() - 1).loss());
        }
        kept(training.evaluation().keep(), result.history()).ifPresent(kept -> {
            settings.put("valid_loss", kept.loss());
            settings.put("valid_mean_token_accuracy", kept.accuracy());
        });
        return settings;
    }

    /** The evaluation of the state that became the adapter; empty where the training was not measured, or diverged. */
    private static Optional<History.Evaluated> kept(Keep keep, History history) {
        List<History.Evaluated> all = history.evaluations();
        Optional<History.Evaluated> last = all.isEmpty() ? Optional.empty() : Optional.of(all.get(all.size() - 1));
        return (keep == Keep.BEST ? history.best() : last).filter(kept -> Double.isFinite(kept.loss()));
    }
}
