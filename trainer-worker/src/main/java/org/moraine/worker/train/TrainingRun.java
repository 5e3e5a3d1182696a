package org.moraine.worker.train;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.ChosenSettings;
import org.moraine.contracts.JobCommand;
import org.moraine.contracts.JobEvent;
import org.moraine.contracts.JobSpec;
import org.moraine.contracts.Publication;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TrainingSettings.Precision;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.checkpoint.Checkpoint;
import org.moraine.engine.checkpoint.CheckpointFolder;
import org.moraine.engine.checkpoint.History;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.ModelFolder;
import org.moraine.engine.model.PrecisionProbe;
import org.moraine.engine.training.MadeBy;
import org.moraine.engine.training.StepReport;
import org.moraine.engine.training.TrainingEstimate;
import org.moraine.engine.training.TrainingListener;
import org.moraine.engine.training.TrainingLoop;
import org.moraine.engine.training.TrainingRecord;
import org.moraine.engine.training.TrainingResult;
import org.moraine.worker.Attempt;
import org.moraine.worker.LostConnection;
import org.moraine.worker.Stop;
import org.moraine.worker.WorkerConfig;
import org.moraine.worker.WorkerMachine;
import org.moraine.worker.WorkerName;
import org.moraine.worker.checkpoint.CheckpointRestore;
import org.moraine.worker.checkpoint.CheckpointUpload;
import org.moraine.worker.checkpoint.CheckpointUploads;
import org.moraine.worker.prepare.AttemptFolders;
import org.moraine.worker.prepare.BaseModelFiles;
import org.moraine.worker.prepare.EarlierFiles;
import org.moraine.worker.prepare.TrainingData;
import org.moraine.worker.publish.AdapterPublication;
import org.moraine.worker.report.AttemptReport;
import org.moraine.worker.report.EventReporter;

/** Makes one attempt: everything between the claim of its lease and its last event. */
@Singleton
public class TrainingRun {

    private static final Logger LOG = Logger.getLogger(TrainingRun.class);

    private final AttemptFolders folders;
    private final BaseModelFiles models;
    private final EarlierFiles earlier;
    private final TrainingData data;
    private final CheckpointRestore restore;
    private final CheckpointUploads uploads;
    private final AdapterPublication publication;
    private final EventReporter reporter;
    private final MeterRegistry metrics;
    private final WorkerMachine machine;
    private final String worker;
    private final @Nullable String image;

    TrainingRun(
            AttemptFolders folders,
            BaseModelFiles models,
            EarlierFiles earlier,
            TrainingData data,
            CheckpointRestore restore,
            CheckpointUploads uploads,
            AdapterPublication publication,
            EventReporter reporter,
            MeterRegistry metrics,
            WorkerMachine machine,
            WorkerName name,
            WorkerConfig config) {
        this.folders = folders;
        this.models = models;
        this.earlier = earlier;
        this.data = data;
        this.restore = restore;
        this.uploads = uploads;
        this.publication = publication;
        this.reporter = reporter;
        this.metrics = metrics;
        this.machine = machine;
        this.worker = name.value();
        this.image = config.image().orElse(null);
    }

    /** Makes the attempt on the calling thread. Its folder is gone before its last event is said. */
    public Ending make(Attempt attempt) {
        AttemptReport report = reporter.begin(attempt);
        Ended ended = ended(attempt, report);
        Ending ending = ended.last == null ? ended.ending : said(attempt, report, ended.last, ended.ending);
        metrics.counter("moraine.attempts", "ending", ending.name().toLowerCase(Locale.ROOT))
                .increment();
        LOG.infof("Attempt ended: %s %s", ending, attempt);
        return ending;
    }

    /** How the attempt ended, and what is left to say about it. */
    private record Ended(Ending ending, JobEvent.@Nullable Body last) {}

    private Ended ended(Attempt attempt, AttemptReport report) {
        try {
            JobEvent.Published published = published(attempt, report);
            attempt.settle();
            return new Ended(Ending.PUBLISHED, published);
        } catch (Exception | OutOfMemoryError | LinkageError e) {
            return attempt.settle().map(TrainingRun::stopped).orElseGet(() -> failed(attempt, e));
        }
    }

    private static Ended stopped(Stop stop) {
        return switch (stop) {
            case CANCEL -> new Ended(Ending.STOPPED, new JobEvent.Stopped(JobCommand.Kind.CANCEL));
            case PAUSE -> new Ended(Ending.STOPPED, new JobEvent.Stopped(JobCommand.Kind.PAUSE));
            case LEASE_LOST -> new Ended(Ending.LOST, null);
            case JOB_API_AWAY -> new Ended(Ending.FAILED, Failures.jobApiAway());
            case SHUTDOWN -> new Ended(Ending.UNFINISHED, null);
        };
    }

    private static Ended failed(Attempt attempt, Throwable e) {
        JobEvent.Failed failed = Failures.of(e);
        LOG.warnf("Attempt failed: %s again=%s %s", failed.problem().message(), failed.again(), attempt);
        return new Ended(Ending.FAILED, failed);
    }

    private static Ending said(Attempt attempt, AttemptReport report, JobEvent.Body last, Ending ending) {
        try {
            report.sayLast(last);
            return ending;
        } catch (LostConnection e) {
            LOG.warnf("The last event is not said: %s %s", e.getMessage(), attempt);
            return Ending.UNFINISHED;
        }
    }

    private JobEvent.Published published(Attempt attempt, AttemptReport report) throws IOException {
        try (AttemptFolders.Opened folder = folders.open(attempt)) {
            ModelFolder model = attempt.waitFor(() -> models.find(attempt.spec().baseModel()));
            Path start = earlier.fetch(attempt, folder.path());
            TrainingData.Examples examples = data.read(attempt, model, folder.path());
            Path version = folder.path().resolve("version");
            CheckpointFolder checkpoints =
                    new CheckpointFolder(folder.path().resolve("checkpoints"), CheckpointFolder.KEPT);
            Trained trained = trained(attempt, report, model, start, examples, checkpoints, version);
            Publication.Made made = publication.publish(version, attempt, trained.record, trained.result);
            LOG.infof("Adapter published %s version=%d", attempt, made.version());
            return new JobEvent.Published(
                    made.adapter(), made.version(), made.commit(), trained.result.trainedTokens());
        }
    }

    private record Trained(TrainingRecord record, TrainingResult result) {}

    /**
     * Trains and writes the version's files; the native memory is free again afterwards. The worker's devices divide the
     * batches where one of them holds the training, else the base model's layers are spread over as few as do.
     *
     * @param start the folder of the adapter that is trained further, null for a new one
     */
    private Trained trained(
            Attempt attempt,
            AttemptReport report,
            ModelFolder model,
            @Nullable Path start,
            TrainingData.Examples examples,
            CheckpointFolder checkpoints,
            Path version)
            throws IOException {
        JobSpec spec = attempt.spec();
        Optional<Checkpoint> newest = restore.newest(attempt, checkpoints.path());
        Precision precision = precision(spec, newest);
        int spread = TrainingEstimate.fewest(
                model.config(),
                spec.adapterSettings(),
                spec.trainingSettings(),
                examples.learnt(),
                PrecisionProbe.choose(precision),
                machine.kind().memory() / machine.devices(),
                machine.devices());
        try (BaseModel base =
                        BaseModel.load(model, precision, spec.trainingSettings().quantise(), spread);
                Adapter adapter = adapter(base, start, spec);
                CheckpointUpload upload = uploads.begin(attempt, report)) {
            TrainingLoop loop = loop(base, adapter, examples, spec).checkpointsIn(checkpoints);
            if (spread == 1) {
                loop.onDevices(Math.min(machine.devices(), loop.settings().batchSize()));
            }
            int after =
                    newest.map(checkpoint -> goOn(loop, checkpoint, attempt)).orElse(0);
            report.say(new JobEvent.Started(
                    worker, loop.totalSteps(), examples.learnt().size(), after, ChosenSettings.of(loop.settings())));
            LOG.infof("Training started %s steps=%d after=%d", attempt, loop.totalSteps(), after);
            TrainingResult result = loop.run(new Steps(attempt, report, upload, loop.totalSteps()));
            if (result.finished()) {
                attempt.trained();
            } else {
                upload.finish();
            }
            attempt.requireGoesOn();
            LOG.infof("Training finished %s seconds=%.1f", attempt, result.seconds());
            TrainingRecord record = new TrainingRecord(
                    spec.baseModel(),
                    spec.earlier() == null ? null : spec.earlier().model(),
                    spec.trainingFile().digest().hex(),
                    spec.validationFile() == null
                            ? null
                            : spec.validationFile().digest().hex(),
                    examples.learnt().size(),
                    null,
                    false,
                    spec.adapterSettings(),
                    loop.settings(),
                    MadeBy.here(image),
                    result.history());
            publication.write(version, spec, base, adapter, record, result);
            return new Trained(record, result);
        }
    }

    private static Adapter adapter(BaseModel base, @Nullable Path start, JobSpec spec) {
        AdapterSettings settings = spec.adapterSettings();
        return start == null
                ? Adapter.create(base, settings, spec.trainingSettings().seed())
                : Adapter.read(base, start, settings.dropout());
    }

    private static TrainingLoop loop(BaseModel base, Adapter adapter, TrainingData.Examples examples, JobSpec spec) {
        return examples.measured() == null
                ? new TrainingLoop(base, adapter, examples.learnt(), spec.trainingSettings())
                : new TrainingLoop(base, adapter, examples.learnt(), examples.measured(), spec.trainingSettings());
    }

    /** The type that the checkpoint's training computed in; its bits depend on it. */
    private static Precision precision(JobSpec spec, Optional<Checkpoint> newest) {
        return newest.map(checkpoint -> checkpoint.inputs().precision())
                .orElse(spec.trainingSettings().precision());
    }

    /** The step after which the training goes on: 0 where the checkpoint is of files that are others by now. */
    private static int goOn(TrainingLoop loop, Checkpoint checkpoint, Attempt attempt) {
        try {
            loop.from(checkpoint);
            return checkpoint.point().step();
        } catch (Refused refused) {
            LOG.warnf("The training begins anew: %s %s", refused.getMessage(), attempt);
            return 0;
        }
    }

    /** Says every step and evaluation of the training, leaves checkpoints of it, and ends it when told to. */
    private final class Steps implements TrainingListener {

        private final Attempt attempt;
        private final AttemptReport report;
        private final CheckpointUpload upload;
        private final int totalSteps;
        private final Counter tokens = metrics.counter("moraine.tokens");
        private @Nullable StepReport last;

        private Steps(Attempt attempt, AttemptReport report, CheckpointUpload upload, int totalSteps) {
            this.attempt = attempt;
            this.report = report;
            this.upload = upload;
            this.totalSteps = totalSteps;
        }

        @Override
        public void stepped(StepReport step) {
            last = step;
            tokens.increment(step.tokens());
            report.say(new JobEvent.Stepped(
                    step.step(),
                    step.totalSteps(),
                    step.loss(),
                    step.accuracy(),
                    step.learningRate(),
                    step.trainedTokens(),
                    step.tokensPerSecond(),
                    step.secondsLeft()));
        }

        @Override
        public void evaluated(History.Evaluated evaluated) {
            StepReport step = last;
            Double trainLoss = step == null || step.step() != evaluated.step() ? null : Double.valueOf(step.loss());
            report.say(new JobEvent.Evaluated(
                    evaluated.step(), totalSteps, evaluated.loss(), evaluated.accuracy(), trainLoss));
        }

        @Override
        public boolean goOn() {
            return attempt.goesOn();
        }

        @Override
        public boolean wantsCheckpoint(int step, boolean ending) {
            return upload.isDue(ending);
        }

        @Override
        public void checkpointed(Checkpoint checkpoint) {
            upload.bring(checkpoint);
        }
    }
}
