package org.moraine.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Refused;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.model.BaseModel;
import picocli.CommandLine.Option;

/** {@code --adapter}, for commands that use a model with or without one. */
final class AdapterOption {

    @Option(
            names = "--adapter",
            paramLabel = "DIR",
            description = "An adapter's folder, as train writes it or as a version is pulled. Without it the base model"
                    + " alone is used; a model trained with --method full is named by --base.")
    private @Nullable Path folder;

    /** The adapter on this base model, null where none is named. */
    @Nullable
    Adapter read(BaseModel base) {
        if (folder == null) {
            return null;
        }
        requireAdapter(folder);
        return Adapter.read(base, folder);
    }

    /** Refuses a folder that is no adapter's. */
    static void requireAdapter(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw Refused.invalid("--adapter", folder + " is no folder");
        }
        if (Files.exists(folder.resolve("config.json")) && !Files.exists(folder.resolve("adapter_config.json"))) {
            throw Refused.invalid("--adapter", folder + " holds a whole model; name it with --base");
        }
    }
}
