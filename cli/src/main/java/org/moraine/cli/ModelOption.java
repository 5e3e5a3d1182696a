package org.moraine.cli;

import org.moraine.engine.model.BaseModels;
import org.moraine.engine.model.ModelFolder;
import org.moraine.stack.Checkout;
import picocli.CommandLine.Option;

/** {@code --base}, as all commands that need a model take it. */
final class ModelOption {

    @Option(
            names = "--base",
            required = true,
            paramLabel = "MODEL",
            description = "The base model: pebble (ships with Moraine), a folder on this machine, or"
                    + " owner/name[@revision] from the endpoint in HF_ENDPOINT (token in HF_TOKEN).")
    private String base = "";

    String name() {
        return base;
    }

    /** The model's folder, downloaded where it has to be. */
    ModelFolder find() {
        return find(base);
    }

    /** The folder of the model of that name. */
    static ModelFolder find(String name) {
        return models().find(name);
    }

    /** The model's folder, which may have no weights. */
    ModelFolder describe() {
        return models().describe(base);
    }

    private static BaseModels models() {
        return BaseModels.of(System.getenv(), () -> Checkout.root().resolve("models"));
    }
}
