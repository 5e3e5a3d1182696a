package org.moraine.engine.export;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.Method;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TrainingSettings.Precision;
import org.moraine.engine.WholeFolder;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.export.ExportRecord.Check;
import org.moraine.engine.export.ExportRecord.Form;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.ModelFiles;
import org.moraine.engine.model.ModelFolder;
import org.moraine.engine.safetensors.DType;

/**
 * Turns an adapter's folder into one that others can use: its own files, LoRA's, or a whole model; each with the
 * tokenizer, the chat template, a card and {@code export.json}.
 */
public final class AdapterExport {

    /** The folder in a version that holds an adapter without a LoRA form cut to one. */
    public static final String CUT = "lora";

    private static final int CUT_RANK = 64;
    private static final int ROTATION = 6;

    private final ModelFolder folder;
    private final Path adapter;

    /**
     * @param adapter the adapter's folder
     */
    public AdapterExport(ModelFolder base, Path adapter) {
        this.folder = base;
        this.adapter = adapter;
    }

    /**
     * What is asked for.
     *
     * @param svdRank the rank that an adapter without an exact LoRA form is cut to, null for none
     * @param dtype F32 or BF16 for a merged model, null for what the base model declares; LoRA is F32
     * @param shardBytes the most bytes of a merged model's weights in one file
     */
    public record Request(
            Form form, @Nullable Integer svdRank, @Nullable DType dtype, long shardBytes) {
        public Request {
            if (svdRank != null && (svdRank < 1 || svdRank > 4096)) {
                throw Refused.invalid("svd_rank", "svd_rank is from 1 to 4096, not " + svdRank);
            }
            if (shardBytes < 1) {
                throw Refused.invalid("max_shard_size", "a shard takes at least one byte, not " + shardBytes);
            }
        }
    }

    /**
     * What a version holds.
     *
     * @param root of the files at its root
     * @param cut of those in {@link #CUT}, null where there are none
     */
    public record Version(ExportRecord root, @Nullable ExportRecord cut) {}

    /**
     * Writes the folder, whole or not at all. A merged model needs memory for the weights twice, 32 bits wide.
     *
     * @throws org.moraine.engine.EngineException where the export's logits are not those of base model and adapter
     * @throws Refused where the adapter has no such form
     */
    public ExportRecord write(Path place, Request request) {
        ExportRecord[] written = new ExportRecord[1];
        BaseIdentity identity = BaseIdentity.of(folder);
        try (BaseModel base = BaseModel.load(folder, Precision.FP32);
                Adapter read = Adapter.read(base, adapter)) {
            WholeFolder.write(place, part -> {
                written[0] = switch (request.form) {
                    case NATIVE -> asItIs(part, read, identity);
                    case LORA -> {
                        ExportRecord record = lora(part, base, read, identity, request.svdRank);
                        ModelFiles.copyTokenizer(folder, part);
                        yield record;
                    }
                    case MERGED -> merged(part, base, read, identity, request);
                };
                written[0].write(part);
                ExportCard.write(part, written[0]);
            });
        }
        return written[0];
    }

    /**
     * Writes what a published version holds beside its card: for sharing MoRA the LoRA form, which everybody loads, with
     * the native files under {@code mora/}; for any other method its own files, and for rotation, which has no LoRA form,
     * one cut to rank {@value #CUT_RANK} under {@code lora/}; the tokenizer and chat template; and {@code export.json}
     * wherever there is an adapter of another form. A LoRA form is held against the adapter where the base model computes
     * 32 bits wide.
     *
     * @param base the model that was trained on, of any precision
     * @throws org.moraine.engine.EngineException where the LoRA form computes something else
     */
    public static Version version(Path folder, BaseModel base, Adapter trained) {
        ModelFolder model = base.folder();
        AdapterSettings settings = trained.settings();
        BaseIdentity identity = BaseIdentity.of(model);
        ExportRecord root;
        ExportRecord cut = null;
        if (settings.method() == Method.MORA && !isRotation(settings)) {
            trained.write(folder.resolve(Adapter.MORA), model.name());
            root = lora(folder, base, trained, identity, null);
        } else {
            trained.write(folder, model.name());
            DType dtype = settings.method() == Method.FULL ? ModelFiles.declared(model) : DType.F32;
            root = new ExportRecord(Form.NATIVE, settings, identity, dtype, null, null);
        }
        ModelFiles.copyTokenizer(model, folder);
        root.write(folder);
        if (isRotation(settings)) {
            cut = lora(folder.resolve(CUT), base, trained, identity, CUT_RANK);
            cut.write(folder.resolve(CUT));
        }
        return new Version(root, cut);
    }

    /** Whether inputs are turned, so that the change is of no small rank. */
    private static boolean isRotation(AdapterSettings settings) {
        return settings.method() == Method.COVERING
                || (settings.method() == Method.MORA && settings.moraType() == ROTATION);
    }

    private ExportRecord asItIs(Path part, Adapter read, BaseIdentity identity) {
        read.write(part, folder.name());
        ModelFiles.copyTokenizer(folder, part);
        return new ExportRecord(Form.NATIVE, read.settings(), identity, DType.F32, null, null);
    }

    private static ExportRecord lora(
            Path part, BaseModel base, Adapter read, BaseIdentity identity, @Nullable Integer svdRank) {
        try (LoraFactorisation lora = LoraFactorisation.of(base, read, svdRank)) {
            Check check = base.dtype() == DType.F32 ? check(base, read, lora) : null;
            lora.adapter().write(part, base.folder().name());
            return new ExportRecord(Form.LORA, read.settings(), identity, DType.F32, check, lora.error());
        }
    }

    private static Check check(BaseModel base, Adapter read, LoraFactorisation lora) {
        LogitCheck check = new LogitCheck(base, read);
        double difference = check.difference(base, lora.adapter());
        if (lora.error() == null) {
            check.requireSame(difference);
        }
        return new Check(check.tokens(), check.largestLogit(), difference, null);
    }

    private ExportRecord merged(Path part, BaseModel base, Adapter read, BaseIdentity identity, Request request) {
        DType dtype = request.dtype == null ? ModelFiles.declared(folder) : request.dtype;
        LogitCheck check = new LogitCheck(base, read);
        double difference;
        try (NDManager scope = base.manager().newSubManager()) {
            List<NDArray> weights = MergedModel.weights(base, read, scope);
            difference = check.requireSame(check.difference(base, read.config(), weights));
            ModelFiles.write(part, folder, read.config(), weights, dtype, request.shardBytes);
        }
        double written = asWritten(part, check);
        if (dtype == DType.F32) {
            check.requireSame(written);
        }
        return new ExportRecord(
                Form.MERGED,
                read.settings(),
                identity,
                dtype,
                new Check(check.tokens(), check.largestLogit(), difference, dtype == DType.F32 ? null : written),
                null);
    }

    /** The difference that the files make, read back. */
    private static double asWritten(Path part, LogitCheck check) {
        try (BaseModel model = BaseModel.load(ModelFolder.open(part), Precision.FP32)) {
            return check.difference(model, model.config(), model.weights());
        }
    }
}
