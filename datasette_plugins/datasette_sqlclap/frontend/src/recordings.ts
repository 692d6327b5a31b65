/** The recordings page: reads what the server wrote into it, and begins. */

import { Api } from "./api/api.ts";
import { readConfig } from "./api/config.ts";
import { RecordingsPage } from "./recordings/recordings_page.ts";

void new RecordingsPage(new Api(readConfig())).start();
