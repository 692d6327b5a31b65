/** The spectrogram page: reads what the server wrote into it, and begins. */

import { Api } from "./api/api.ts";
import { readConfig } from "./api/config.ts";
import { SpectrogramPage } from "./spectrogram/spectrogram_page.ts";

const config = readConfig();
void new SpectrogramPage(config, new Api(config)).start();
